using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Cronos;
using EventTriggers.Diagnostics;

namespace EventTriggers.Triggers.Schedules;

/// <summary>A cron expression: five fields, six with seconds in front, or a macro.</summary>
/// <param name="Text">The text, with one blank between fields.</param>
/// <param name="Expression">The expression as Cronos parsed it.</param>
/// <param name="FiresInRepeatedHour">Whether it is due in both hours when the clocks show an hour twice.</param>
internal sealed record ParsedCron(string Text, CronExpression Expression, bool FiresInRepeatedHour)
{
    /// <summary>The maximum length of an expression. Cronos reads a list by recursion, and a very long one would end the process.</summary>
    public const int MaxLength = 1000;

    // Expressions repeat: the same few are parsed for every occurrence of every trigger.
    private const int MaxCached = 1000;

    private static readonly SearchValues<char> Repeating = SearchValues.Create("*?-/");
    private static readonly ConcurrentDictionary<string, ParsedCron> Cache = new(StringComparer.Ordinal);

    /// <summary>Parses an expression.</summary>
    /// <exception cref="ArgumentException">The text is not a cron expression.</exception>
    public static ParsedCron Parse(string expression)
    {
        if (expression is not null && Cache.TryGetValue(expression, out var known))
        {
            return known;
        }

        var cron = ParseNew(expression);
        if (Cache.Count >= MaxCached)
        {
            Cache.Clear();
        }

        return Cache.GetOrAdd(cron.Text, cron);
    }

    /// <summary>Parses an expression that at least one moment matches.</summary>
    /// <exception cref="ArgumentException">The text is not a cron expression, or no moment ever matches it.</exception>
    public static ParsedCron ParseForUse(string expression) =>
        Parse(expression) is var cron && cron.Expression.GetNextOccurrence(DateTime.UnixEpoch) is not null
            ? cron
            : throw new ArgumentException(
                $"The cron expression '{Excerpt.Of(expression)}' never fires: no day matches it.", nameof(expression));

    private static ParsedCron ParseNew([NotNull] string? expression)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(expression);
        if (expression.Length > MaxLength)
        {
            throw new ArgumentException(
                $"A cron expression has at most {MaxLength} characters, but this one has {expression.Length}: '{Excerpt.Of(expression)}'.",
                nameof(expression));
        }

        if (expression.Contains('\0', StringComparison.Ordinal))
        {
            // Cronos stops reading there and ignores the rest.
            throw new ArgumentException($"A cron expression has no NUL character, but '{Excerpt.Of(expression)}' has.", nameof(expression));
        }

        var fields = expression.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        var text = string.Join(' ', fields);
        try
        {
            return new ParsedCron(
                text, CronExpression.Parse(
                    text, fields.Length == 6 ? CronFormat.IncludeSeconds : CronFormat.Standard), IsRepeating(fields));
        }
        catch (MissingSeedException e)
        {
            throw new ArgumentException(
                $"The cron expression '{Excerpt.Of(text)}' has an 'H'. Give a fixed time, and spread triggers with Jitter.",
                nameof(expression), e);
        }
        catch (CronFormatException e)
        {
            throw new ArgumentException(
                "The cron expression must have five fields, six with seconds in front, or be a macro such as @daily, but is "
                + $"'{Excerpt.Of(text)}': "
                + Excerpt.Of(Failures.MessageOf(e), 200),
                nameof(expression), e);
        }
    }

    // Whether it repeats within a day: a range, a step or a star in its hours, minutes or seconds.
    private static bool IsRepeating(string[] fields) => fields.Length == 1
        ? fields[0].ToUpperInvariant() is "@HOURLY" or "@EVERY_MINUTE" or "@EVERY_SECOND"
        : fields[..^3].Any(static field => field.AsSpan().ContainsAny(Repeating));
}
