using EventTriggers.Diagnostics;
using EventTriggers.Events;
using Microsoft.Extensions.Options;

namespace EventTriggers.DependencyInjection;

/// <summary>Checks every setting. Not by attributes: their messages do not say what was given.</summary>
internal sealed class RedisTriggersOptionsRules : IValidateOptions<RedisTriggersOptions>
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan TenYears = TimeSpan.FromDays(3650);
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(1);

    public ValidateOptionsResult Validate(string? name, RedisTriggersOptions options)
    {
        var result = new ValidateOptionsResultBuilder();

        void Name(string? problem, string property)
        {
            if (problem is not null)
            {
                result.AddError(problem, property);
            }
        }

        void Number(int value, int least, int most, string property)
        {
            if (value < least || value > most)
            {
                result.AddError($"must be between {least} and {most}, but is {value}.", property);
            }
        }

        void Span(TimeSpan value, TimeSpan least, TimeSpan most, string property)
        {
            if (value < least || value > most)
            {
                result.AddError($"must be between {least} and {most}, but is {value}.", property);
            }
        }

        Name(NameRules.PrefixProblem(options.KeyPrefix), nameof(options.KeyPrefix));
        Name(NameRules.GroupProblem(options.Group), nameof(options.Group));
        foreach (var chosen in options.Chosen.Distinct().GroupBy(
            static one => one.Property, StringComparer.Ordinal).Where(static one => one.Count() > 1))
        {
            var values = string.Join(" and ", chosen.Select(static one => $"'{Excerpt.Of(one.Value)}'"));
            result.AddError(
                $"is {values} in several calls of AddRedisTriggers; a host has one. Give another program, or another service provider, the "
                + "other.", chosen.Key);
        }

        Number(options.Partitions, 1, 1024, nameof(options.Partitions));
        Number(options.Concurrency, 1, 10_000, nameof(options.Concurrency));
        Number(options.MaxAttempts, 1, 1000, nameof(options.MaxAttempts));
        Number(options.MaxTriggerChain, 1, 1000, nameof(options.MaxTriggerChain));
        Number(options.MaxCrashes, 1, 1000, nameof(options.MaxCrashes));
        Number(options.MaxPayloadBytes, 1, 16 * 1024 * 1024, nameof(options.MaxPayloadBytes));
        Number(options.MaxPendingPublishBytes, 1024 * 1024, 1024 * 1024 * 1024, nameof(options.MaxPendingPublishBytes));
        Number(options.ProcessedLimit, 0, 10_000_000, nameof(options.ProcessedLimit));
        Number(options.DeadLetterLimit, 0, 10_000_000, nameof(options.DeadLetterLimit));
        if (!Enum.IsDefined(options.WhenLeaseIsInDoubt))
        {
            result.AddError(
                $"must be one of {string.Join(", ", Enum.GetNames<LeaseDoubt>())}, but is {options.WhenLeaseIsInDoubt}.",
                nameof(options.WhenLeaseIsInDoubt));
        }

        Span(options.LeaseDuration, Second, Day, nameof(options.LeaseDuration));

        // Against the shortest lease where the lease itself is wrong, so that the message names something possible.
        var lease = options.LeaseDuration < Second ? Second : options.LeaseDuration;
        Span(options.RenewalInterval, Tick, lease / 2, $"{nameof(options.RenewalInterval)} (at most half of LeaseDuration)");
        Span(options.RetryDelay, Tick, Day, nameof(options.RetryDelay));
        Span(options.MaxRetryDelay, options.RetryDelay, Day, $"{nameof(options.MaxRetryDelay)} (at least RetryDelay)");
        Span(options.UnhandledTimeout, Second, Day * 30, nameof(options.UnhandledTimeout));
        Span(options.DrainTimeout, TimeSpan.Zero, Day, nameof(options.DrainTimeout));
        Span(options.HandlerTimeout ?? Second, Tick, Day, nameof(options.HandlerTimeout));
        Span(options.PollInterval, Tick * 100, Hour, nameof(options.PollInterval));
        Span(options.PollIntervalWhenDisconnected, Tick * 10, options.PollInterval,
            $"{nameof(options.PollIntervalWhenDisconnected)} (at most PollInterval)");
        Span(options.DeduplicationWindow, Second, Day * 30, nameof(options.DeduplicationWindow));
        Span(options.OperationTimeout, Second, Hour, nameof(options.OperationTimeout));
        Span(options.ProcessedRetention, TimeSpan.Zero, TenYears, nameof(options.ProcessedRetention));
        Span(options.DeadLetterRetention, TimeSpan.Zero, TenYears, nameof(options.DeadLetterRetention));
        return result.Build();
    }
}
