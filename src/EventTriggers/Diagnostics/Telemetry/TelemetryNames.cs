namespace EventTriggers.Diagnostics.Telemetry;

/// <summary>
/// The names of attributes. Those that begin with <c>eventtriggers</c> are the library's own; the others are those of the semantic
/// conventions of OpenTelemetry for messaging.
/// </summary>
internal static class TelemetryNames
{
    /// <summary>The value of <see cref="MessagingSystem"/>.</summary>
    public const string SystemName = "eventtriggers";

    public const string MessagingSystem = "messaging.system";
    public const string OperationName = "messaging.operation.name";
    public const string OperationType = "messaging.operation.type";
    public const string EventType = "messaging.destination.name";
    public const string Partition = "messaging.destination.partition.id";
    public const string Group = "messaging.consumer.group.name";
    public const string EventId = "messaging.message.id";
    public const string CorrelationId = "messaging.message.conversation_id";
    public const string BatchCount = "messaging.batch.message_count";
    public const string ServerAddress = "server.address";
    public const string ServerPort = "server.port";
    public const string ErrorType = "error.type";
    public const string Key = "eventtriggers.key";
    public const string Attempt = "eventtriggers.attempt";
    public const string Outcome = "eventtriggers.outcome";
    public const string TriggerId = "eventtriggers.trigger.id";
    public const string TriggerKind = "eventtriggers.trigger.kind";
    public const string DeliveryState = "eventtriggers.delivery.state";
}
