using System.Buffers;
using Cronos;
using EventTriggers.Diagnostics;

namespace EventTriggers.Triggers.Schedules;

/// <summary>A cron expression as somebody gives it: five fields, six with seconds in front, or a macro.</summary>
/// <param name="Text">Its text, with one blank between the fields.</param>
/// <param name="Expression">What Cronos reads in it.</param>
/// <param name="GoesOn">Whether it is due in both of two hours that the clocks show.</param>
internal sealed record CronText(string Text, CronExpression Expression, bool GoesOn)
{
    /// <summary>The most characters of an expression. Cronos reads a list by recursion, and a long one ends the process.</summary>
    public const int MaxLength = 1000;

    private static readonly SearchValues<char> Repeating = SearchValues.Create("*?-/");

    /// <summary>Reads an expression.</summary>
    /// <exception cref="ArgumentException">It is not one.</exception>
    public static CronText Parse(string expression)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(expression);
        if (expression.Length > MaxLength)
        {
            throw new ArgumentException(
                $"A cron expression has at most {MaxLength} characters, but this one has {expression.Length}: '{Excerpt.Of(expression)}'.", nameof(expression));
        }

        if (expression.Contains('\0', StringComparison.Ordinal))
        {
            // Cronos takes it for the end, and leaves out what follows.
            throw new ArgumentException($"A cron expression has no NUL character, but '{Excerpt.Of(expression)}' has.", nameof(expression));
        }

        var fields = expression.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        var text = string.Join(' ', fields);
        try
        {
            return new CronText(text, CronExpression.Parse(text, fields.Length == 6 ? CronFormat.IncludeSeconds : CronFormat.Standard), IsRepeating(fields));
        }
        catch (MissingSeedException e)
        {
            throw new ArgumentException($"The cron expression '{Excerpt.Of(text)}' has an 'H'; give the moment, and spread triggers with Jitter.", nameof(expression), e);
        }
        catch (CronFormatException e)
        {
            throw new ArgumentException(
                $"The cron expression must have five fields, six with seconds in front, or be a macro such as @daily, but '{Excerpt.Of(text)}' is none: {Excerpt.Of(Failures.MessageOf(e), 200)}",
                nameof(expression), e);
        }
    }

    /// <summary>Reads an expression that some moment matches.</summary>
    /// <exception cref="ArgumentException">It is not one, or no moment ever matches it.</exception>
    public static CronText ParseForUse(string expression) => Parse(expression) is var cron && cron.Expression.GetNextOccurrence(DateTime.UnixEpoch) is not null
        ? cron
        : throw new ArgumentException($"The cron expression '{Excerpt.Of(expression)}' never fires: no day matches it.", nameof(expression));

    // In its hours, or in what is smaller.
    private static bool IsRepeating(string[] fields) => fields.Length == 1
        ? fields[0].ToUpperInvariant() is "@HOURLY" or "@EVERY_MINUTE" or "@EVERY_SECOND"
        : fields[..^3].Any(static field => field.AsSpan().ContainsAny(Repeating));
}
