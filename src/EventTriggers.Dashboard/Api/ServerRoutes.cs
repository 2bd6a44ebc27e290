using System.Reflection;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace EventTriggers.Dashboard.Api;

/// <summary>Who looks, and what is known of the bus and its consumers.</summary>
internal static class ServerRoutes
{
    private const int MaxAuditEntries = 200;

    // Without the commit that the build adds.
    private static readonly string Version = (typeof(IEventBus).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown").Split('+')[0];

    public static async Task<IResult> SessionAsync(DashboardCall call) => DashboardCall.Json(
        new SessionView
        {
            User = call.User,
            CanChange = await call.CanChangeAsync().ConfigureAwait(false),
            CanSeePayloads = (await call.PayloadsAsync().ConfigureAwait(false)).IsAllowed,
            IsReadOnly = call.Dashboard.Options.IsReadOnly,
            Prefix = OptionsOf(call).KeyPrefix,
            ServiceKey = call.Dashboard.Options.ServiceKey,
            Version = Version,
        },
        DashboardJson.Default.SessionView);

    public static async Task<IResult> ServerAsync(DashboardCall call)
    {
        var (options, loop) = (OptionsOf(call), call.Dashboard.Get<IConsumerLoop>().Status);
        return DashboardCall.Json(
            new ServerView
            {
                Prefix = options.KeyPrefix,
                PartitionCount = options.Partitions,
                DefaultGroup = options.Group,
                ProcessedRetention = options.ProcessedRetention,
                DeadLetterRetention = options.DeadLetterRetention,
                DeadLetterLimit = options.DeadLetterLimit,
                MaxPayloadBytes = options.MaxPayloadBytes,
                LoopState = loop.State,
                LoopFailure = loop.Failure?.Message,
                StuckHandlers = loop.StuckHandlers,
                UndeclaredTriggers = loop.UndeclaredTriggers,
                Servers = await call.Dashboard.Servers.ReadAsync(call.Aborted).ConfigureAwait(false),
                Partitions = [.. loop.Partitions.Select(ViewOf)],
            },
            DashboardJson.Default.ServerView);
    }

    public static async Task<IResult> ConsumersAsync(DashboardCall call) => DashboardCall.Json(
        await call.Groups.ListConsumersAsync(call.Aborted).ConfigureAwait(false), DashboardJson.Default.IReadOnlyListConsumerRecord);

    public static async Task<IResult> AuditAsync(DashboardCall call) => DashboardCall.Json(
        await call.Dashboard.Get<IAuditStore>().ListAsync(MaxAuditEntries, call.Aborted).ConfigureAwait(false),
        DashboardJson.Default.IReadOnlyListAuditRecord);

    public static async Task<IResult> OperationsAsync(DashboardCall call) => DashboardCall.Json(
        await call.Operations.ListAsync(call.Aborted).ConfigureAwait(false), DashboardJson.Default.IReadOnlyListOperationRecord);

    private static RedisTriggersOptions OptionsOf(DashboardCall call) =>
        call.Dashboard.GetShared<IOptionsMonitor<RedisTriggersOptions>>().Get(call.Dashboard.Options.ServiceKey ?? Options.DefaultName);

    private static PartitionView ViewOf(PartitionStatus partition) => new()
    {
        Index = partition.Index,
        SinceLastClaim = partition.SinceLastClaim,
        Failure = partition.Failure?.Message,
        IsPolling = partition.IsPolling,
        EvictionPolicy = partition.EvictionPolicy,
        ClockJump = partition.ClockJump,
        SinceClockJump = partition.SinceClockJump,
        SinceDataLoss = partition.SinceDataLoss,
    };
}
