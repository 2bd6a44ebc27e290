using EventTriggers.Diagnostics;
using EventTriggers.Events;
using Microsoft.Extensions.Options;
using static EventTriggers.DependencyInjection.SettingChecks;

namespace EventTriggers.DependencyInjection;

/// <summary>Checks every setting. Not by attributes: their messages do not say what was given.</summary>
internal sealed class RedisTriggersOptionsRules(IServiceProvider services) : IValidateOptions<RedisTriggersOptions>
{
    private static readonly TimeSpan TenYears = TimeSpan.FromDays(3650);

    public ValidateOptionsResult Validate(string? name, RedisTriggersOptions options)
    {
        var result = new ValidateOptionsResultBuilder();
        var checks = new SettingChecks(result);
        CheckNames(options, checks);
        CheckNumbers(options, checks);
        CheckTimes(options, checks);
        GroupOptionsRules.Check(options, GroupDefaults.Of(services, name), checks);
        return result.Build();
    }

    private static void CheckNames(RedisTriggersOptions options, SettingChecks checks)
    {
        checks.Name(NameRules.PrefixProblem(options.KeyPrefix), nameof(options.KeyPrefix));
        checks.Name(NameRules.GroupProblem(options.Group), nameof(options.Group));
        foreach (var chosen in options.Chosen.Distinct().GroupBy(
            static one => one.Property, StringComparer.Ordinal).Where(static one => one.Count() > 1))
        {
            var values = string.Join(" and ", chosen.Select(static one => $"'{Excerpt.Of(one.Value)}'"));
            checks.Fail(
                $"is {values} in several calls of AddRedisTriggers; a bus has one. For another group call AddGroup, and for another bus "
                + "AddKeyedRedisTriggers.", chosen.Key);
        }
    }

    private static void CheckNumbers(RedisTriggersOptions options, SettingChecks checks)
    {
        checks.Number(options.Partitions, 1, 1024, nameof(options.Partitions));
        checks.Number(options.Concurrency, 1, 10_000, nameof(options.Concurrency));
        checks.Number(options.MatchingConcurrency, 0, 10_000, nameof(options.MatchingConcurrency));
        checks.Number(options.MaxAttempts, 1, 1000, nameof(options.MaxAttempts));
        checks.Number(options.MaxTriggerChain, 1, 1000, nameof(options.MaxTriggerChain));
        checks.Number(options.MaxCrashes, 1, 1000, nameof(options.MaxCrashes));
        checks.Number(options.MaxPayloadBytes, 1, 16 * 1024 * 1024, nameof(options.MaxPayloadBytes));
        checks.Number(options.MaxReadyPerGroup, 1, 1_000_000_000, nameof(options.MaxReadyPerGroup));
        checks.Number(options.MaxPendingPublishBytes, 1024 * 1024, 1024 * 1024 * 1024, nameof(options.MaxPendingPublishBytes));
        checks.Number(options.ProcessedLimit, 0, 10_000_000, nameof(options.ProcessedLimit));
        checks.Number(options.DeadLetterLimit, 0, 10_000_000, nameof(options.DeadLetterLimit));
        checks.Choice<LeaseDoubt>(options.WhenLeaseIsInDoubt, nameof(options.WhenLeaseIsInDoubt));
        checks.Choice<TraceParenting>(options.TraceParenting, nameof(options.TraceParenting));
    }

    private static void CheckTimes(RedisTriggersOptions options, SettingChecks checks)
    {
        checks.Span(options.LeaseDuration, Second, Day, nameof(options.LeaseDuration));

        // Against the shortest lease where the lease itself is wrong, so that the message names something possible.
        var lease = options.LeaseDuration < Second ? Second : options.LeaseDuration;
        checks.Span(options.RenewalInterval, Tick, lease / 2, $"{nameof(options.RenewalInterval)} (at most half of LeaseDuration)");
        checks.Span(options.RetryDelay, Tick, Day, nameof(options.RetryDelay));
        checks.Span(options.MaxRetryDelay, options.RetryDelay, Day, $"{nameof(options.MaxRetryDelay)} (at least RetryDelay)");
        checks.Span(options.UnhandledTimeout, Second, Day * 30, nameof(options.UnhandledTimeout));
        checks.Span(options.DrainTimeout, TimeSpan.Zero, Day, nameof(options.DrainTimeout));
        checks.Limit(options.HandlerTimeout, nameof(options.HandlerTimeout));
        checks.Span(options.PollInterval, Tick * 100, Hour, nameof(options.PollInterval));
        checks.Span(options.PollIntervalWhenDisconnected, Tick * 10, options.PollInterval,
            $"{nameof(options.PollIntervalWhenDisconnected)} (at most PollInterval)");
        checks.Span(options.DeduplicationWindow, Second, Day * 30, nameof(options.DeduplicationWindow));
        checks.Span(options.OperationTimeout, Second, Hour, nameof(options.OperationTimeout));
        checks.Span(options.ProcessedRetention, TimeSpan.Zero, TenYears, nameof(options.ProcessedRetention));
        checks.Span(options.DeadLetterRetention, TimeSpan.Zero, TenYears, nameof(options.DeadLetterRetention));
    }
}
