using Microsoft.Extensions.Options;

namespace EventTriggers;

/// <summary>Checks what attributes can't say: names, time spans, and how properties relate.</summary>
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

        void Span(TimeSpan value, TimeSpan least, TimeSpan most, string property)
        {
            if (value < least || value > most)
            {
                result.AddError($"must be between {least} and {most}, but is {value}.", property);
            }
        }

        Name(Names.PrefixProblem(options.KeyPrefix), nameof(options.KeyPrefix));
        Name(Names.GroupProblem(options.Group), nameof(options.Group));
        Span(options.LeaseDuration, Second, Day, nameof(options.LeaseDuration));
        Span(options.RenewalInterval, Tick, options.LeaseDuration / 2, $"{nameof(options.RenewalInterval)} (at most half of LeaseDuration)");
        Span(options.RetryDelay, Tick, Day, nameof(options.RetryDelay));
        Span(options.MaxRetryDelay, options.RetryDelay, Day, $"{nameof(options.MaxRetryDelay)} (at least RetryDelay)");
        Span(options.DrainTimeout, TimeSpan.Zero, Day, nameof(options.DrainTimeout));
        Span(options.HandlerTimeout ?? Second, Tick, Day, nameof(options.HandlerTimeout));
        Span(options.FallbackPoll, Tick * 100, Hour, nameof(options.FallbackPoll));
        Span(options.FallbackPollWithoutChannel, Tick * 10, options.FallbackPoll,
            $"{nameof(options.FallbackPollWithoutChannel)} (at most FallbackPoll)");
        Span(options.DeduplicationWindow, Second, Day * 30, nameof(options.DeduplicationWindow));
        Span(options.OperationTimeout, Second, Hour, nameof(options.OperationTimeout));
        Span(options.ProcessedRetention, TimeSpan.Zero, TenYears, nameof(options.ProcessedRetention));
        Span(options.DeadLetterRetention, TimeSpan.Zero, TenYears, nameof(options.DeadLetterRetention));
        return result.Build();
    }
}
