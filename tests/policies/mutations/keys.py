"""How keys are made wrong."""

from tests.policies.mutations.mutation import Mutation, put

MUTATIONS = [
    Mutation(rule="kms-rotation-enabled", change=put("aws:kms/key:Key", "enableKeyRotation", False)),
]
