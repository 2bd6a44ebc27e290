using System.Globalization;

namespace EventTriggers.Triggers.Conditions.Lambdas;

/// <summary>Identifies a field by the names that lead to it.</summary>
/// <param name="Path">The names, joined by NUL.</param>
/// <param name="Scope">
/// The calls around the field that test elements of a collection: for each the number of the call, and the number of names that lead to its
/// collection.
/// </param>
internal sealed record FieldName(string Path, string Scope)
{
    public const char Separator = '\0';

    public static FieldName Root { get; } = new(string.Empty, string.Empty);

    public string[] Names => Path.Split(Separator);

    public override string ToString() => string.Join('.', Names);

    /// <summary>Gets a value indicating whether the field is itself an element of a collection.</summary>
    public bool IsElement => Scope.EndsWith($":{Names.Length};", StringComparison.Ordinal);

    public FieldName Append(string name) => this with { Path = Path.Length == 0 ? name : $"{Path}{Separator}{name}" };

    /// <summary>Gets the elements of the collection that this field is, within one call.</summary>
    public FieldName Enter(int call) => this with { Scope = $"{Scope}{call}:{Names.Length};" };

    /// <summary>
    /// Gets the collection of which two fields test elements in different calls; <see langword="null"/> if there is none.
    /// </summary>
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

    private string CollectionOf(string call)
    {
        var length = int.Parse(call.AsSpan(call.IndexOf(':', StringComparison.Ordinal) + 1), CultureInfo.InvariantCulture);
        return string.Join('.', Names.Take(length));
    }
}
