using System.Text.Json.Serialization;
using EventTriggers.Tool.Transfer;

namespace EventTriggers.Tool.Documents;

/// <summary>Writes and reads all JSON of the tool, without reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true, WriteIndented = true, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(StatusDocument))]
[JsonSerializable(typeof(DoctorDocument))]
[JsonSerializable(typeof(GroupsDocument))]
[JsonSerializable(typeof(GroupRates))]
[JsonSerializable(typeof(ConsumersDocument))]
[JsonSerializable(typeof(KeyList))]
[JsonSerializable(typeof(RateLimitList))]
[JsonSerializable(typeof(AuditDocument))]
[JsonSerializable(typeof(OperationsDocument))]
[JsonSerializable(typeof(OperationRecord))]
[JsonSerializable(typeof(EventsDocument))]
[JsonSerializable(typeof(EventRecord))]
[JsonSerializable(typeof(UnroutedDocument))]
[JsonSerializable(typeof(DiscardedDocument))]
[JsonSerializable(typeof(TriggersDocument))]
[JsonSerializable(typeof(TriggerDocument))]
[JsonSerializable(typeof(TriggerExplanation))]
[JsonSerializable(typeof(TypeExplanation))]
[JsonSerializable(typeof(PublishDocument))]
[JsonSerializable(typeof(ChangeDocument))]
[JsonSerializable(typeof(BulkDocument))]
[JsonSerializable(typeof(TriggerFile))]
[JsonSerializable(typeof(ImportDocument))]
internal sealed partial class ToolJson : JsonSerializerContext;
