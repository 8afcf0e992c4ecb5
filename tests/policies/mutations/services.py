"""How what runs is opened to those who should not be in it."""

from tests.policies.mutations.mutation import Mutation, put

MUTATIONS = [
    Mutation(rule="ecs-exec-off", change=put("aws:ecs/service:Service", "enableExecuteCommand", True)),
]
