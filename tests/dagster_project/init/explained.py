"""What an inference says about one of its choices."""


def why(inferred, topic):
    """The explanation of a topic: its choice and its reason."""
    return next(item for item in inferred.explanations if item.topic == topic)
