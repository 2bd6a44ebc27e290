using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace EventTriggers.Dashboard.Api;

/// <summary>The values of a query string; an empty one counts as absent.</summary>
internal sealed class QueryValues(IQueryCollection query)
{
    public IEnumerable<string> Names => query.Keys;

    public string? Text(string name) => query[name] is [{ Length: > 0 } value, ..] ? value : null;

    /// <exception cref="BadHttpRequestException">It is absent.</exception>
    public string Required(string name) => Text(name) ?? throw new BadHttpRequestException($"The query needs '{name}'.");

    /// <exception cref="BadHttpRequestException">It is not a number of that range.</exception>
    public int Number(string name, int otherwise, int least, int most)
    {
        if (Text(name) is not { } text)
        {
            return otherwise;
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw new BadHttpRequestException($"'{name}' must be a number from {least} to {most}, but is '{text}'.");
    }

    /// <exception cref="BadHttpRequestException">It is not a name of the enumeration.</exception>
    public T? Name<T>(string name)
        where T : struct, Enum
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        // One name, and no number: the parser takes several for the sum of their numbers, which is another value.
        return Enum.GetNames<T>().FirstOrDefault(one => one.Equals(text, StringComparison.OrdinalIgnoreCase)) is { } found
            ? Enum.Parse<T>(found)
            : throw new BadHttpRequestException($"'{name}' must be one of {string.Join(", ", Enum.GetNames<T>())}, but is '{text}'.");
    }

    /// <exception cref="BadHttpRequestException">It is not a moment.</exception>
    public DateTimeOffset? Moment(string name)
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment)
            ? moment
            : throw new BadHttpRequestException($"'{name}' must be a moment such as 2026-01-31T12:00:00Z, but is '{text}'.");
    }
}
