using System.Text;

namespace EventTriggers.Triggers.Conditions;

/// <summary>Passes a string that consists of given parts with any text between them. A prefix or a suffix is the simplest case.</summary>
internal sealed class WildcardTest : ValueTest
{
    private readonly byte[][] _parts;

    /// <param name="parts">The texts before, between and after the wildcards. Only the first and the last may be empty.</param>
    public WildcardTest(IReadOnlyList<string> parts) => _parts = [.. parts.Select(Encoding.UTF8.GetBytes)];

    /// <summary>Gets the prefix, if it is the only requirement; otherwise <see langword="null"/>.</summary>
    public byte[]? OnlyPrefix => _parts is [{ Length: > 0 }, { Length: 0 }] ? First : null;

    /// <summary>Gets the suffix, if it is the only requirement; otherwise <see langword="null"/>.</summary>
    public byte[]? OnlySuffix => _parts is [{ Length: 0 }, { Length: > 0 }] ? Last : null;

    // Each part is searched once. At each position of the text, the comparison runs as far as the texts agree.
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

        // The first match of a part is as good as any later one. The last part must stand at the end.
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

    // The tree that holds the clause: by prefix, otherwise by suffix.
    private (PrefixTree Tree, byte[] Text)? Find(FieldIndex index) =>
        First.Length > 0 ? (index.Prefixes, First) : Last.Length > 0 ? (index.Suffixes, Last) : null;
}
