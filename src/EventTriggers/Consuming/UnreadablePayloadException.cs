namespace EventTriggers;

/// <summary>The payload cannot be read as the handler's type; trying again would not help.</summary>
internal sealed class UnreadablePayloadException(Type payloadType, Exception inner)
    : Exception($"The payload cannot be read as {payloadType}: {inner.Message}", inner);
