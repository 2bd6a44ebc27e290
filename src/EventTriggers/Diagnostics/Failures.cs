using System.Text.Json;

namespace EventTriggers.Diagnostics;

/// <summary>Describes exceptions from any code. Their members may throw, and their messages may contain anything.</summary>
internal static class Failures
{
    // The beginnings of messages in which System.Text.Json describes a type and not the payload.
    private static readonly string[] OfTypes =
    [
        "The JSON value could not be converted to ",
        "JSON deserialization for type ",
        "The constructor parameter ",
        "The property or field ",
        "The payload is null; ",
    ];

    /// <summary>Gets the type and the message of an exception, on one line, escaped, and cut at a whole character.</summary>
    public static string Describe(Exception exception, int maxLength) =>
        Excerpt.Of($"{exception.GetType()}: {MessageOf(exception)}", maxLength);

    /// <summary>Explains why a payload cannot be read, without quoting it: kinds of values, types, and the position.</summary>
    public static string DescribeUnreadable(Exception exception)
    {
        if (exception is not JsonException json)
        {
            return exception.GetType().ToString();
        }

        var message = MessageOf(json).Split(" Path: ", 2)[0];
        var isOfType = Array.Exists(OfTypes, start => message.StartsWith(start, StringComparison.Ordinal))
            || (message.StartsWith("Duplicate property ", StringComparison.Ordinal)
                && message.Contains("' encountered during deserialization of type '", StringComparison.Ordinal));
        var reason = isOfType ? Excerpt.Of(message, 400) : "The JSON is not valid.";
        return json.LineNumber is { } line
            ? FormattableString.Invariant($"{reason} Line {line + 1}, byte {json.BytePositionInLine + 1}.")
            : reason;
    }

    /// <summary>Determines whether an exception can be written to a log.</summary>
    public static bool CanBeWritten(Exception exception)
    {
        try
        {
            // Calls every member that an exception can override.
            _ = (exception.ToString(), exception.Message, exception.StackTrace);
            _ = (exception.Data?.Count, exception.Source, exception.HelpLink);
            return exception is AggregateException { InnerExceptions: var all }
                ? all.All(CanBeWritten)
                : exception.InnerException is not { } inner || CanBeWritten(inner);
        }
        catch (Exception)
        {
            return false;
        }
    }

    /// <summary>Creates an exception that can be written in place of one that cannot.</summary>
    public static Exception ToWritable(Exception exception) =>
        new InvalidOperationException($"{Describe(exception, 1000)} (The exception cannot be written: its members throw.)");

    /// <summary>Gets the message of an exception, or a replacement if the message itself throws.</summary>
    public static string MessageOf(Exception exception)
    {
        try
        {
            return exception.Message;
        }
        catch (Exception e)
        {
            // An unreadable message among several does not hide the others.
            return exception is AggregateException { InnerExceptions: var all }
                ? string.Join(' ', all.Select(static one => $"({MessageOf(one)})"))
                : $"(its message cannot be read: {e.GetType()})";
        }
    }
}
