using System.Globalization;

namespace EventTriggers.Triggers.Conditions.Lambdas;

/// <summary>A field by the names that lead to it.</summary>
/// <param name="Path">The names, joined by NUL.</param>
/// <param name="Scope">Which calls that test elements of a collection it stands in: for each the number of the call, and how many names lead to its collection.</param>
internal sealed record FieldName(string Path, string Scope)
{
    public const char Separator = '\0';

    public static FieldName Root { get; } = new(string.Empty, string.Empty);

    public string[] Names => Path.Split(Separator);

    public override string ToString() => string.Join('.', Names);

    /// <summary>Gets a value indicating whether it is itself an element of a collection.</summary>
    public bool IsElement => Scope.EndsWith($":{Names.Length};", StringComparison.Ordinal);

    public FieldName Append(string name) => this with { Path = Path.Length == 0 ? name : $"{Path}{Separator}{name}" };

    /// <summary>Enters the elements of the collection that it names.</summary>
    public FieldName Enter(int call) => this with { Scope = $"{Scope}{call}:{Names.Length};" };

    /// <summary>Tells which collection two fields test elements of in different calls, or nothing.</summary>
    public string? CollectionApartFrom(FieldName other)
    {
        foreach (var (mine, theirs) in Scope.Split(';').Zip(other.Scope.Split(';')))
        {
            if (mine != theirs && mine.Length > 0 && theirs.Length > 0)
            {
                var (one, another) = (CollectionOf(mine), other.CollectionOf(theirs));
                return one == another ? one : null;
            }
        }

        return null;
    }

    private string CollectionOf(string call) => string.Join('.', Names.Take(int.Parse(call.AsSpan(call.IndexOf(':', StringComparison.Ordinal) + 1), CultureInfo.InvariantCulture)));
}
