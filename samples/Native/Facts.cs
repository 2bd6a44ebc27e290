using System.Text.Json.Serialization;

namespace Native;

internal enum Color
{
    Red,
    Green,
    Blue,
}

internal sealed record Line(string Sku, int Count, decimal Price);

internal sealed record Place(string Country, int Zip);

internal sealed class Facts
{
    public int Int { get; init; }

    public int? MaybeInt { get; init; }

    public long Long { get; init; }

    public short Short { get; init; }

    public ushort UShort { get; init; }

    public byte Byte { get; init; }

    public sbyte SByte { get; init; }

    public uint UInt { get; init; }

    public ulong ULong { get; init; }

    public decimal Decimal { get; init; }

    public decimal? MaybeDecimal { get; init; }

    public double Double { get; init; }

    public double? MaybeDouble { get; init; }

    public float Float { get; init; }

    public bool Bool { get; init; }

    public bool? MaybeBool { get; init; }

    public char Char { get; init; }

    public string? Text { get; init; }

    public Color Color { get; init; }

    public Color? MaybeColor { get; init; }

    public Guid Guid { get; init; }

    public DateOnly Day { get; init; }

    public TimeOnly Time { get; init; }

    public TimeSpan Span { get; init; }

    public TimeSpan? MaybeSpan { get; init; }

    public DateTimeOffset? At { get; init; }

    public required string[] Tags { get; init; }

    public required List<int> Ints { get; init; }

    public required List<int?> MaybeInts { get; init; }

    public required List<Line> Lines { get; init; }

    public required Place Place { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(Facts))]
internal sealed partial class FactsContext : JsonSerializerContext;
