using Microsoft.AspNetCore.Http;

namespace EventTriggers.Dashboard.Api;

/// <summary>Reads which deliveries are meant: for a list and for a bulk operation alike, so that both mean the same ones.</summary>
internal static class DeliveryFilters
{
    private static readonly string[] Names =
        ["group", "status", "type", "idPrefix", "key", "correlationId", "errorContains", "trigger", "from", "before"];

    /// <summary>Reads the filters of a list.</summary>
    /// <exception cref="BadHttpRequestException">There is no group, or a filter is not allowed.</exception>
    public static EventQuery Read(QueryValues query) => new()
    {
        Group = query.Required("group"),
        Status = query.Name<DeliveryStatus>("status"),
        Type = query.Text("type"),
        IdPrefix = query.Text("idPrefix"),
        Key = query.Text("key"),
        CorrelationId = query.Text("correlationId"),
        ErrorContains = query.Text("errorContains"),
        Trigger = query.Text("trigger"),
        From = query.Moment("from"),
        Before = query.Moment("before"),
    };

    /// <summary>
    /// Reads the filters of a change. An unknown filter, or one without a value, is refused: ignoring it would change more than was meant.
    /// </summary>
    /// <exception cref="BadHttpRequestException">There is no group, or a filter is not allowed or not known.</exception>
    public static EventQuery ReadForChange(QueryValues query)
    {
        if (query.Names.FirstOrDefault(static name => !Names.Contains(name, StringComparer.OrdinalIgnoreCase)) is { } other)
        {
            throw new BadHttpRequestException($"There is no filter '{other}'; there are {string.Join(", ", Names)}.");
        }

        return query.Names.FirstOrDefault(name => query.Text(name) is null) is { } empty
            ? throw new BadHttpRequestException($"The filter '{empty}' is empty: leave it out, or give it a value.")
            : Read(query);
    }
}
