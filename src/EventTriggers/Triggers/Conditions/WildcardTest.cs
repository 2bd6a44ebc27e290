using System.Text;

namespace EventTriggers.Triggers.Conditions;

/// <summary>A string of some parts with anything between them; one that begins or ends in some way is the smallest of them.</summary>
internal sealed class WildcardTest : ValueTest
{
    private readonly byte[][] _parts;

    /// <param name="parts">What stands before, between and after the wildcards: one more than there are of those. Only the first and the last may be empty.</param>
    public WildcardTest(IReadOnlyList<string> parts) => _parts = [.. parts.Select(Encoding.UTF8.GetBytes)];

    /// <summary>Gets how a text begins, where nothing else is asked of it; otherwise <see langword="null"/>.</summary>
    public byte[]? OnlyPrefix => _parts is [{ Length: > 0 }, { Length: 0 }] ? First : null;

    /// <summary>Gets how a text ends, where nothing else is asked of it; otherwise <see langword="null"/>.</summary>
    public byte[]? OnlySuffix => _parts is [{ Length: 0 }, { Length: > 0 }] ? Last : null;

    // Each part is searched for once, and at each place of a text as much of it may be compared as agrees.
    public override MatchCost Cost => new(_parts.Length, 1 + (_parts.Sum(static part => part.Length) / 64));

    private byte[] First => _parts[0];

    private byte[] Last => _parts[^1];

    public static WildcardTest Prefix(string text) => new([text, string.Empty]);

    public static WildcardTest Suffix(string text) => new([string.Empty, text]);

    public override bool Matches(in JsonLeaf leaf)
    {
        var text = leaf.Text;
        if (!leaf.IsText || !text.StartsWith(First))
        {
            return false;
        }

        if (_parts.Length == 1)
        {
            return text.Length == First.Length;
        }

        // The first place where a part stands is as good as any later one, and the last part stands at the end.
        text = text[First.Length..];
        for (var i = 1; i < _parts.Length - 1; i++)
        {
            var at = text.IndexOf(_parts[i]);
            if (at < 0)
            {
                return false;
            }

            text = text[(at + _parts[i].Length)..];
        }

        return text.EndsWith(Last);
    }

    public override int CostIn(FieldIndex index) => Find(index) is var (tree, text) ? tree.CostOf(text) : base.CostIn(index);

    public override void Enter(FieldIndex index, Clause clause)
    {
        if (Find(index) is var (tree, text))
        {
            tree.Add(text, clause);
        }
        else
        {
            base.Enter(index, clause);
        }
    }

    public override void Leave(FieldIndex index, Clause clause)
    {
        if (Find(index) is var (tree, text))
        {
            tree.Remove(text, clause);
        }
        else
        {
            base.Leave(index, clause);
        }
    }

    // Where it is entered: by how texts begin, else by how they end.
    private (PrefixTree Tree, byte[] Text)? Find(FieldIndex index) =>
        First.Length > 0 ? (index.Prefixes, First) : Last.Length > 0 ? (index.Suffixes, Last) : null;
}
