namespace EventTriggers.Triggers.Conditions;

/// <summary>What was found so far of the places of <see cref="PayloadPaths"/>.</summary>
/// <param name="places">How many places there are.</param>
internal sealed class PayloadSearch(int places)
{
    // For each place the last object that had it, and which of the findings it brought.
    private readonly (int Object, int From, int To)[] _last = new (int Object, int From, int To)[places];

    /// <summary>Gets what was found; what does not count any more has a negative number.</summary>
    public List<PayloadPlace> Found { get; } = [];

    /// <summary>Gets or sets how many objects were entered.</summary>
    public int Objects { get; set; }

    /// <summary>Begins with a name of an object: what the same name has brought before does not count.</summary>
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
