"""What a check saw, step by step."""

from dataclasses import dataclass, field


@dataclass
class Report:
    """The results of the steps so far, each printed as it comes."""

    missing: list[str] = field(default_factory=list)
    passed: int = 0

    def note(self, step: str, *, seen: bool, detail: str) -> bool:
        """Print and keep whether a step was seen."""
        if seen:
            self.passed += 1
        else:
            self.missing.append(step)
        print(f"{'PASS' if seen else 'FAIL'}  {step}: {detail}", flush=True)
        return seen

    @staticmethod
    def skip(step: str, *, reason: str) -> None:
        """Print a step that was not tried."""
        print(f"SKIP  {step}: {reason}", flush=True)

    def close(self) -> int:
        """Print the outcome and return the exit code."""
        if not self.passed:
            self.missing.append("anything at all")
        if self.missing:
            print("\nNot seen:")
            for step in self.missing:
                print(f"  - {step}")
            return 1
        print(f"\nAll {self.passed} steps were seen.")
        return 0
