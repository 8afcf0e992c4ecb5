"""The container as ECS gets it, checked against AWS's own model of the request. T1, O3."""

from typing import Any

import botocore.session
import botocore.validate

from components.services.task_definition import Container, container_definition

VALID: dict[str, Any] = {
    "name": "api",
    "image": "ghcr.io/example/api:1.0.0",
    "user": "1000:1000",
    "port": 5000,
    "command": None,
    "health_command": None,
    "grace_seconds": 60,
    "stop_timeout_seconds": 70,
    "tmp_mib": 64,
    "read_only": True,
    "log_group": "/headroom/dev/service/api",
    "region": "eu-central-1",
    "environment": {"PORT": "5000", "LOG_LEVEL": "info"},
    "labels": {"database": "headroom-dev-main"},
    "secrets": {"SESSION_KEY": "arn:s", "DATABASE_URL": "arn:d:url::"},
}


def made(**changed: Any) -> dict[str, Any]:
    return container_definition(Container(**(VALID | changed)))


def test_aws_model_accepts_it() -> None:
    model = botocore.session.get_session().get_service_model("ecs")
    shape: Any = model.shape_for("ContainerDefinition")
    for definition in (made(), made(port=None, command=["work"], health_command=["CMD", "/check"])):
        report = botocore.validate.ParamValidator().validate(definition, shape)
        assert not report.has_errors(), report.generate_report()
        assert set(definition) <= set(shape.members)


def test_the_process_is_not_root_and_writes_to_tmp_only() -> None:
    definition = made()
    assert definition["user"] == "1000:1000"
    assert definition["readonlyRootFilesystem"] is True
    assert definition["linuxParameters"] == {
        "capabilities": {"drop": ["ALL"]},
        "initProcessEnabled": True,
        "tmpfs": [{"containerPath": "/tmp", "size": 64, "mountOptions": ["nosuid", "nodev"]}],
    }


def test_secrets_are_references_and_not_values() -> None:
    assert made()["secrets"] == [
        {"name": "DATABASE_URL", "valueFrom": "arn:d:url::"},
        {"name": "SESSION_KEY", "valueFrom": "arn:s"},
    ]
    assert made()["environment"] == [{"name": "LOG_LEVEL", "value": "info"}, {"name": "PORT", "value": "5000"}]


def test_a_slow_cloudwatch_does_not_hold_the_service_up() -> None:
    assert made()["logConfiguration"] == {
        "logDriver": "awslogs",
        "options": {
            "awslogs-group": "/headroom/dev/service/api",
            "awslogs-region": "eu-central-1",
            "awslogs-stream-prefix": "task",
            "max-buffer-size": "25m",
            "mode": "non-blocking",
        },
    }


def test_no_health_command_is_guessed_for_an_unknown_image() -> None:
    assert "healthCheck" not in made()


def test_a_health_command_runs_at_the_pace_of_the_target_group() -> None:
    command = ["CMD-SHELL", "wget -q -O /dev/null http://127.0.0.1:5000/health || exit 1"]
    assert made(health_command=command)["healthCheck"] == {
        "command": command,
        "interval": 15,
        "timeout": 5,
        "retries": 3,
        "startPeriod": 60,
    }


def test_files_are_left_at_fargates_own_limit_which_is_the_highest() -> None:
    assert "ulimits" not in made()


def test_a_long_grace_is_cut_to_what_ecs_takes() -> None:
    assert made(health_command=["CMD", "/check"], grace_seconds=900)["healthCheck"]["startPeriod"] == 300


def test_a_container_without_labels_has_none() -> None:
    assert made()["dockerLabels"] == {"database": "headroom-dev-main"}
    assert "dockerLabels" not in made(labels={})


def test_a_worker_listens_on_nothing() -> None:
    assert made(port=None)["portMappings"] == []
