using EventTriggers.Diagnostics;

namespace EventTriggers.Consuming.Execution;

/// <summary>
/// The payload cannot be read as the handler's type, and a retry would not help. The message says why without quoting the payload, so the
/// original exception is not kept.
/// </summary>
internal sealed class UnreadablePayloadException(Type payloadType, Exception reason)
    : Exception($"The payload cannot be read as {payloadType}: {Failures.DescribeUnreadable(reason)}");
