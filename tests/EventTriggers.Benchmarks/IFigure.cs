namespace EventTriggers.Benchmarks;

/// <summary>Measures one thing once.</summary>
internal interface IFigure
{
    string Name { get; }

    /// <summary>Gets a value indicating whether a smaller round comes first, so that compiling is not what is measured.</summary>
    bool WarmsUp => false;

    /// <summary>Gets how often it is measured.</summary>
    int Rounds => 3;

    /// <summary>Measures on a server that nobody has used yet.</summary>
    Task<IReadOnlyList<Sample>> MeasureAsync(Server server, int events);
}
