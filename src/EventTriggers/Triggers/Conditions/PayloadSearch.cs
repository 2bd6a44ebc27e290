namespace EventTriggers.Triggers.Conditions;

/// <summary>The state of a search for the places of <see cref="PayloadPaths"/>.</summary>
/// <param name="places">The number of places.</param>
internal sealed class PayloadSearch(int places)
{
    // For each place: the last object that had it, and the range of findings that the object contributed.
    private readonly (int Object, int From, int To)[] _last = new (int Object, int From, int To)[places];

    /// <summary>Gets the values found so far. A value that no longer counts has a negative number.</summary>
    public List<PayloadPlace> Found { get; } = [];

    /// <summary>Gets or sets the number of objects that were entered.</summary>
    public int Objects { get; set; }

    /// <summary>Begins with a name of an object. Values found under the same name of the same object no longer count.</summary>
    public void Begin(int place, int number)
    {
        var (before, from, to) = _last[place];
        for (var i = from; before == number && i < to; i++)
        {
            Found[i] = Found[i] with { Number = -1 };
        }

        _last[place] = (number, Found.Count, Found.Count);
    }

    public void End(int place) => _last[place].To = Found.Count;
}
