using System.Text.Json.Serialization;
using EventTriggers.Dashboard.Effects;
using EventTriggers.Dashboard.Overview;
using EventTriggers.Dashboard.Types;
using EventTriggers.Dashboard.Upcoming;

namespace EventTriggers.Dashboard.Api;

/// <summary>Writes everything that the API says, without reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(Problem))]
[JsonSerializable(typeof(SessionView))]
[JsonSerializable(typeof(ServerView))]
[JsonSerializable(typeof(OverviewView))]
[JsonSerializable(typeof(GroupRates))]
[JsonSerializable(typeof(IReadOnlyList<GroupRecord>))]
[JsonSerializable(typeof(IReadOnlyList<ConsumerRecord>))]
[JsonSerializable(typeof(KeyList))]
[JsonSerializable(typeof(RateLimitList))]
[JsonSerializable(typeof(IReadOnlyList<AuditRecord>))]
[JsonSerializable(typeof(IReadOnlyList<OperationRecord>))]
[JsonSerializable(typeof(DeliveryList))]
[JsonSerializable(typeof(EventView))]
[JsonSerializable(typeof(EffectsView))]
[JsonSerializable(typeof(IReadOnlyList<TypeRow>))]
[JsonSerializable(typeof(TypeView))]
[JsonSerializable(typeof(UpcomingView))]
[JsonSerializable(typeof(TriggerList))]
[JsonSerializable(typeof(TriggerView))]
[JsonSerializable(typeof(ExplanationView))]
[JsonSerializable(typeof(ChangeView))]
[JsonSerializable(typeof(GroupChange))]
[JsonSerializable(typeof(EventChange))]
[JsonSerializable(typeof(TriggerChange))]
[JsonSerializable(typeof(TypeChange))]
[JsonSerializable(typeof(LimitChange))]
[JsonSerializable(typeof(BulkChange))]
[JsonSerializable(typeof(OperationChange))]
internal sealed partial class DashboardJson : JsonSerializerContext;
