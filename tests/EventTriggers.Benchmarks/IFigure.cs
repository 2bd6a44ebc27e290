namespace EventTriggers.Benchmarks;

/// <summary>Measures one thing once.</summary>
internal interface IFigure
{
    string Name { get; }

    /// <summary>Measures on a server that nobody has used yet.</summary>
    Task<IReadOnlyList<Sample>> MeasureAsync(Server server, int events);
}
