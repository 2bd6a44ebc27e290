using System.Text.Json;

namespace EventTriggers.Triggers.Conditions;

/// <summary>
/// The clauses that the values at one path lead to. The kind of a test decides in which part of the index its clause stands.
/// </summary>
internal sealed class FieldIndex
{
    /// <summary>The cost of a clause that every value leads to. Almost every other place is better.</summary>
    public const int CostOfAny = 1000;

    private PostingMap<byte[]>? _texts;
    private PostingMap<decimal>? _numbers;
    private PostingMap<JsonTokenType>? _literals;
    private PostingMap<string>? _anyCase;
    private RangeTree<decimal>? _ranges;
    private RangeTree<UInt128>? _networks;
    private PrefixTree? _prefixes;
    private PrefixTree? _suffixes;

    /// <summary>Gets the clauses to which every value leads.</summary>
    public Posting Any { get; } = new();

    public PostingMap<byte[]> Texts => _texts ??= new(Utf8Comparer.Instance);

    public PostingMap<decimal> Numbers => _numbers ??= new();

    public PostingMap<JsonTokenType> Literals => _literals ??= new();

    public PostingMap<string> AnyCase => _anyCase ??= new(StringComparer.OrdinalIgnoreCase);

    public RangeTree<decimal> Ranges => _ranges ??= new();

    public RangeTree<UInt128> Networks => _networks ??= new();

    public PrefixTree Prefixes => _prefixes ??= new(isReversed: false);

    public PrefixTree Suffixes => _suffixes ??= new(isReversed: true);

    /// <summary>Adds each clause that a value may satisfy to the candidates.</summary>
    public void Find(in JsonLeaf leaf, Projection candidates)
    {
        candidates.Add(Any);
        switch (leaf.Kind)
        {
            case JsonTokenType.String when leaf.IsText:
                FindText(leaf, candidates);
                break;
            case JsonTokenType.String:
                break;
            case JsonTokenType.Number:
                candidates.Add(_numbers?.Postings.GetValueOrDefault(leaf.Number));
                candidates.Numbers.Add(_ranges, leaf.Number);
                break;
            default:
                candidates.Add(_literals?.Postings.GetValueOrDefault(leaf.Kind));
                break;
        }
    }

    private void FindText(in JsonLeaf leaf, Projection candidates)
    {
        if (_texts is not null && _texts.Postings.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(leaf.Text, out var posting))
        {
            candidates.Add(posting);
        }

        _prefixes?.Find(leaf.Text, candidates);
        _suffixes?.Find(leaf.Text, candidates);
        if (_anyCase is not null)
        {
            candidates.Add(leaf.As16(_anyCase.Postings, static (postings, text) =>
                postings.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(text, out var found) ? found : null));
        }

        if (_networks is { IsEmpty: false } && leaf.TryGetAddress(out var address))
        {
            candidates.Addresses.Add(_networks, address);
        }
    }
}
