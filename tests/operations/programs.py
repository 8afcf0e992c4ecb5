"""`aws` and `kubectl` in the place of the real ones."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

SCRIPT = """#!/bin/sh
here=${{0%/*}}
echo "{name} $*" >> "$here/asked"
echo "$AWS_PROFILE" > "$here/profile"
if [ -e "$here/fails-at" ]; then
  case " $* " in *" $(cat "$here/fails-at") "*) cat "$here/fails" >&2; exit 1 ;; esac
fi
[ {name} != kubectl ] || cat "$here/says"
"""


@dataclass(frozen=True)
class Programs:
    """They note what they are asked, and by which profile."""

    folder: Path

    def __post_init__(self) -> None:
        for name in ("aws", "kubectl"):
            (self.folder / name).write_text(SCRIPT.format(name=name))
            (self.folder / name).chmod(0o755)
        self.answer("")

    def answer(self, said: str) -> None:
        """What kubectl prints."""
        (self.folder / "says").write_text(said)

    def fail(self, at: str, said: str) -> None:
        """One that is given this word fails, and says this."""
        (self.folder / "fails-at").write_text(at)
        (self.folder / "fails").write_text(f"{said}\n")

    @property
    def asked(self) -> list[str]:
        """Whole commands, the temporary kubeconfig as KUBECONFIG."""
        noted = self.folder / "asked"
        lines = noted.read_text().splitlines() if noted.exists() else []
        return [
            " ".join("KUBECONFIG" if "headroom-kubectl-" in word else word for word in line.split()) for line in lines
        ]

    @property
    def profile(self) -> str:
        """Of the last command."""
        return (self.folder / "profile").read_text().strip()
