using EventTriggers.Diagnostics;

namespace EventTriggers.Consuming.Execution;

/// <summary>
/// The payload cannot be read as the handler's type, and a retry would not help. The message says why without quoting the payload, so the
/// original exception is not kept.
/// </summary>
internal sealed class UnreadablePayloadException : Exception
{
    public UnreadablePayloadException(Type payloadType, Exception reason)
        : base($"The payload cannot be read as {payloadType}: {Failures.DescribeUnreadable(reason)}")
    {
    }

    /// <param name="type">The wire name whose upcaster failed.</param>
    /// <param name="payloadType">The type of the payload that it makes.</param>
    /// <param name="reason">Why.</param>
    public UnreadablePayloadException(string type, Type payloadType, Exception reason)
        : base($"The upcaster of '{type}' cannot make a {payloadType}: {Failures.DescribeUnreadable(reason)}")
    {
    }
}
