"""The SDK's own floor: a program without components."""
