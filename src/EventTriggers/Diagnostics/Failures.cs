using System.Text;
using System.Text.Json;

namespace EventTriggers.Diagnostics;

/// <summary>Describes exceptions from any code. Their members may throw, and their messages may contain anything.</summary>
internal static class Failures
{
    /// <summary>What stands between the type and the message of a described exception.</summary>
    public const string Separator = ": ";

    // The beginnings of messages in which System.Text.Json describes a type and not the payload.
    private static readonly string[] OfTypes =
    [
        "The JSON value could not be converted to ",
        "JSON deserialization for type ",
        "The constructor parameter ",
        "The property or field ",
        "The payload is null; ",
        "The upcaster made null; ",
    ];

    /// <summary>Gets the type and the message of an exception, on one line, escaped, and cut at a whole character.</summary>
    public static string Describe(Exception exception, int maxLength) =>
        Excerpt.Of($"{exception.GetType()}{Separator}{MessageOf(exception)}", maxLength);

    /// <summary>
    /// Gets the stack trace of an exception, or everything that it says of itself where there are exceptions inside it; cut at a whole
    /// character. It may have several lines.
    /// </summary>
    public static string StackTraceOf(Exception exception, int maxBytes)
    {
        try
        {
            var text = exception.InnerException is null ? exception.StackTrace : exception.ToString();
            return text is null ? string.Empty : Cut(text.ReplaceLineEndings("\n"), maxBytes);
        }
        catch (Exception)
        {
            // An exception whose members throw: the stored error says what can be said of it.
            return string.Empty;
        }
    }

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

    // A lone surrogate becomes the replacement character.
    private static string Cut(string text, int maxBytes)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        if (bytes.Length <= maxBytes)
        {
            return text;
        }

        var length = maxBytes;
        while ((bytes[length] & 0xC0) == 0x80)
        {
            length--;
        }

        return Encoding.UTF8.GetString(bytes, 0, length);
    }
}
