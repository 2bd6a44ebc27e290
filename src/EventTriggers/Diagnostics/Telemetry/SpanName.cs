namespace EventTriggers.Diagnostics.Telemetry;

/// <summary>The names of the spans of one operation, such as <c>publish order.placed</c>.</summary>
internal sealed class SpanName(string operation)
{
    // Mostly the type is the same as that of the span before.
    private volatile Tuple<string, string>? _last;

    /// <summary>Gets the name for an event type.</summary>
    public string For(string type)
    {
        var last = _last;
        if (last is not null && last.Item1 == type)
        {
            return last.Item2;
        }

        var name = $"{operation} {type}";
        _last = Tuple.Create(type, name);
        return name;
    }
}
