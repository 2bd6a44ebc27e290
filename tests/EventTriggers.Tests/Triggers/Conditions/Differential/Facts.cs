using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace EventTriggers.Tests.Triggers.Conditions.Differential;

public enum Color
{
    Red,
    Green,
    Blue,
}

[Flags]
public enum Rights : byte
{
    None = 0,
    Read = 1,
    Write = 2,
    All = 3,
}

/// <summary>A payload with a member of each kind that a lambda may ask about. Some name their own ways to be written.</summary>
public sealed class Facts
{
    public int Int { get; set; }

    public int? MaybeInt { get; set; }

    public long Long { get; set; }

    public long? MaybeLong { get; set; }

    public short Short { get; set; }

    public byte Byte { get; set; }

    public sbyte SByte { get; set; }

    public uint UInt { get; set; }

    public ulong ULong { get; set; }

    public decimal Decimal { get; set; }

    public decimal? MaybeDecimal { get; set; }

    public double Double { get; set; }

    public double? MaybeDouble { get; set; }

    public float Float { get; set; }

    public bool Bool { get; set; }

    public bool? MaybeBool { get; set; }

    public char Char { get; set; }

    public string? Text { get; set; }

    public string Name { get; set; } = "abc";

    public Color Color { get; set; }

    public Color? MaybeColor { get; set; }

    public Rights Rights { get; set; }

    public Guid Guid { get; set; }

    public DateOnly Day { get; set; }

    public TimeOnly Time { get; set; }

    public TimeSpan Span { get; set; }

    public TimeSpan? MaybeSpan { get; set; }

    public DateTime Local { get; set; }

    public DateTimeOffset At { get; set; }

    public DateTimeOffset? MaybeAt { get; set; }

    public Uri? Link { get; set; }

    public Version? Version { get; set; }

    public object? Anything { get; set; }

    public byte[] Bytes { get; set; } = [];

    public string[] Tags { get; set; } = [];

    public List<int> Ints { get; set; } = [];

    public List<int?> MaybeInts { get; set; } = [];

    public Color[] Colors { get; set; } = [];

    public HashSet<string> Set { get; set; } = [];

    public ImmutableArray<string> Fixed { get; set; } = [];

    public IReadOnlyList<double> Doubles { get; set; } = [];

    public Dictionary<string, int> Map { get; set; } = [];

    public List<List<int>> Rows { get; set; } = [];

    public List<Line> Lines { get; set; } = [];

    public Place Place { get; set; } = new();

    public Place? MaybePlace { get; set; }

    public Place Home { get; set; } = new() { City = "Graz", Zip = 1 };

    public List<int> Grown { get; set; } = [7];

    public List<int> Given { get; } = [7];

    public Point Point { get; set; }

    public Point? MaybePoint { get; set; }

    [JsonPropertyName("other-name")]
    public int Renamed { get; set; }

    [JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)]
    public long AsText { get; set; }

    [JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)]
    public List<int> IntsAsText { get; set; } = [];

    [JsonConverter(typeof(JsonStringEnumConverter<Color>))]
    public Color Named { get; set; }

    [JsonConverter(typeof(JsonStringEnumConverter<Color>))]
    public Color? MaybeNamed { get; set; }

    [JsonConverter(typeof(JsonNumberEnumConverter<Color>))]
    public Color Numbered { get; set; }

    [JsonConverter(typeof(TenfoldConverter))]
    public int Tenfold { get; set; }

    [JsonConverter(typeof(TenfoldConverter))]
    public int? MaybeTenfold { get; set; }

    [JsonConverter(typeof(YesNoConverter))]
    public bool YesNo { get; set; }

    [JsonConverter(typeof(ShoutingConverter))]
    public string Shouted { get; set; } = string.Empty;

    [JsonIgnore]
    public int Ignored { get; set; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Retries { get; set; } = 3;

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Note { get; set; } = "none";

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWriting)]
    public int OnlyRead { get; set; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenReading)]
    public int OnlyWritten { get; set; }

    public int Kept { get; private set; } = 1;

    public int Sum => Int / 2 + Short;

    [JsonInclude]
    public int Field;

    public int Hidden;

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? More { get; set; }
}

/// <summary>An element of a collection.</summary>
public sealed record Line(string? Sku, int Count = 1, Color Color = Color.Red)
{
    public string[] Marks { get; init; } = [];

    public decimal? Price { get; init; }
}

/// <summary>An object with what it is when nothing is written.</summary>
public sealed class Place
{
    public string? City { get; set; }

    public int Zip { get; set; } = 7;

    public Point Point { get; set; }
}

public record struct Point(int X, int Y);

/// <summary>Writes ten times a number: equal numbers alike, but no order that anybody could know.</summary>
public sealed class TenfoldConverter : JsonConverter<int>
{
    public override int Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        (int)(reader.GetInt64() / -10);

    public override void Write(Utf8JsonWriter writer, int value, JsonSerializerOptions options) => writer.WriteNumberValue(-10L * value);
}

public sealed class YesNoConverter : JsonConverter<bool>
{
    public override bool Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetString() == "yes";

    public override void Write(Utf8JsonWriter writer, bool value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value ? "yes" : "no");
}

/// <summary>Writes capital letters, so that what is read is not what was written.</summary>
public sealed class ShoutingConverter : JsonConverter<string>
{
    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetString();

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToUpperInvariant());
}
