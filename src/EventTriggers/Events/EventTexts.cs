using System.Buffers;
using System.Globalization;
using System.Text;
using EventTriggers.Diagnostics;

namespace EventTriggers.Events;

/// <summary>Checks the texts that belong to an event. It rejects invalid Unicode, which the encoder would silently replace.</summary>
internal static class EventTexts
{
    /// <summary>The maximum size of all headers as they are stored, in bytes.</summary>
    public const int MaxHeaderBytes = 16 * 1024;

    private const int MaxHeaders = 64;
    private const int MaxCorrelationLength = 200;

    /// <summary>Checks a correlation id.</summary>
    public static void CheckCorrelation(string? id, string parameter)
    {
        if (id is null)
        {
            return;
        }

        if (id.Length > MaxCorrelationLength)
        {
            throw new ArgumentException(
                $"A correlation id may have at most {MaxCorrelationLength} characters, but has {id.Length}: '{Excerpt.Of(id)}'.",
                parameter);
        }

        ThrowUnlessUnicode("A correlation id", id, parameter);
    }

    /// <summary>Checks a note of an operator.</summary>
    public static void CheckNote(string? note, int longest, string what, string parameter)
    {
        if (note is null)
        {
            return;
        }

        if (note.Length > longest)
        {
            throw new ArgumentException(
                $"{what} may have at most {longest} characters, but has {note.Length}: '{Excerpt.Of(note)}'.", parameter);
        }

        ThrowUnlessUnicode(what, note, parameter);
    }

    /// <summary>Checks headers and writes them as they are stored; <see langword="null"/> if there are none.</summary>
    public static string? WriteHeaders(IReadOnlyDictionary<string, string>? headers, string parameter)
    {
        if (headers is null || headers.Count == 0)
        {
            return null;
        }

        if (headers.Count > MaxHeaders)
        {
            throw new ArgumentException($"An event may have at most {MaxHeaders} headers, but has {headers.Count}.", parameter);
        }

        // A custom dictionary may enumerate a name twice.
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, value) in headers)
        {
            CheckHeader(name, value, parameter);
            if (!names.Add(name))
            {
                throw new ArgumentException($"The header '{Excerpt.Of(name)}' is given twice.", parameter);
            }
        }

        var json = HeaderJson.Write(headers);
        return Encoding.UTF8.GetByteCount(json) is var bytes && bytes <= MaxHeaderBytes
            ? json
            : throw new ArgumentException($"Headers may have at most {MaxHeaderBytes} bytes together, but have {bytes}.", parameter);
    }

    private static void CheckHeader(string? name, string? value, string parameter)
    {
        if (string.IsNullOrEmpty(name))
        {
            throw new ArgumentException(
                $"The name of a header must have at least one character, but is {(name is null ? "null" : "empty")}.", parameter);
        }

        ThrowUnlessUnicode("The name of a header", name, parameter);
        if (value is null)
        {
            throw new ArgumentException($"The value of header '{Excerpt.Of(name)}' is null.", parameter);
        }

        ThrowUnlessUnicode($"The value of header '{Excerpt.Of(name)}'", value, parameter);
    }

    private static void ThrowUnlessUnicode(string what, string text, string parameter)
    {
        var at = text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF');
        while (at >= 0 && at < text.Length)
        {
            if (Rune.DecodeFromUtf16(text.AsSpan(at), out _, out var length) != OperationStatus.Done)
            {
                throw new ArgumentException(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{what} must be Unicode, but '{Excerpt.Of(text)}' has the lone surrogate U+{(int)text[at]:X4} at {at}."),
                    parameter);
            }

            at += length;
        }
    }
}
