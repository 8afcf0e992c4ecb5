"""The SDK's own floor: the resources of a recorded preview, registered by the plain SDK one after the other."""
