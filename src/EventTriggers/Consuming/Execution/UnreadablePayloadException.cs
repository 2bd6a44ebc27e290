using EventTriggers.Diagnostics;

namespace EventTriggers.Consuming.Execution;

/// <summary>The payload cannot be read as the handler's type; trying again would not help. It says why without a word of the payload, so it does not hold on to what was thrown.</summary>
internal sealed class UnreadablePayloadException(Type payloadType, Exception reason)
    : Exception($"The payload cannot be read as {payloadType}: {Failures.DescribeUnreadable(reason)}");
