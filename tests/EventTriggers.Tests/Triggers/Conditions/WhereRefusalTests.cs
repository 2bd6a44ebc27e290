// Lambdas as people write them; they are translated, and run as no code.
#pragma warning disable CA1304, CA1309, CA1310, CA1311, CA1862, CA1865, CA1866, CS8602, CS8604
using System.Collections.Frozen;
using System.Globalization;
using System.Linq.Expressions;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using EventTriggers.Tests.Triggers.Conditions.Differential;
using EventTriggers.Triggers.OverTime;

namespace EventTriggers.Tests.Triggers.Conditions;

/// <summary>What no pattern says of a payload is refused, with the part and what to do; never left out.</summary>
public sealed class WhereRefusalTests
{
    private static readonly HashSet<string> AnyCase = new(StringComparer.OrdinalIgnoreCase) { "de" };
    private static readonly HashSet<string> Cultural = new(StringComparer.InvariantCultureIgnoreCase) { "de" };
    private static readonly SortedSet<string> Sorted = ["de"];
    private static readonly FrozenSet<string> Frozen = Cultural.ToFrozenSet(Cultural.Comparer);
    private static readonly Dictionary<string, int> Map = [];
    private static readonly DateTimeOffset Moment = DateTimeOffset.UnixEpoch;
    private static readonly Uri Address = new("http://a/");
    private static readonly Color[] Colors = [Color.Green, Color.Blue];
    private static readonly int?[] Maybes = [1, null];
    private static readonly object[] Objects = [1];
    private static readonly Facts? Nobody = null;
    private static readonly string Long = new('x', 20_000);
    private static readonly int[] Many = [.. Enumerable.Range(0, 10_000)];

    public static TheoryData<Expression<Func<Facts, bool>>, string> Refused => new()
    {
        { f => (byte)f.Int == 1, "*'Convert(f.Int, Byte)'*Int32 to System.Byte may change values*" },
        { f => (int)f.Decimal > 1000, "*Convert(f.Decimal, Int32)*" },
        { f => (int)f.Long == 5, "*Convert(f.Long, Int32)*" },
        { f => Cultural.Contains(f.Text), "*Cultural*The comparer *is not known*StringComparer.Ordinal*" },
        { f => Sorted.Contains(f.Text), "*Sorted*" },
        { f => Frozen.Contains(f.Text), "*Frozen*" },
        { f => Map.Keys.Contains(f.Text), "*Map.Keys*" },
        { f => f.Tags.Contains("t", StringComparer.InvariantCultureIgnoreCase), "*f.Tags*" },
        { f => f.Text.StartsWith("ab", true, CultureInfo.InvariantCulture), "*StartsWith(\"ab\", True*" },
        { f => f.Text.StartsWith(
            "ab", StringComparison.CurrentCulture), "*StringComparison.Ordinal or StringComparison.OrdinalIgnoreCase*" },
        { f => f.Name.Any(c => c == 'a'), "*f.Name.Any*System.String is not written as a JSON array*" },
        { f => f.Bytes.Contains((byte)1), "*System.Byte* is not written as a JSON array*" },
        { f => f.At == Moment, "*f.At ==*" },
        { f => f.Local == Moment.UtcDateTime, "*f.Local ==*" },
        { f => f.Tags.Any(t => true) && f.Int == 1, "*f.Tags.Any(t => True)*" },
        { f => f.Link.Equals(Address), "*f.Link.Equals*" },
        { f => Equals(f.Int, 5L), "*System.Int32 never equals a System.Int64*" },
        { f => f.Double == 1e300, "*f.Double == 1E+300*" },
        { f => f.Double == double.NaN, "*f.Double == NaN*" },
        { f => Objects.Contains(f.Int), "*Objects*" },
        { f => f.Text == Long, "*is too large for one pattern: *16384*" },
        { f => Many.Contains(f.Int), "*Many*more than 8192 values*" },
        { f => f.Int == Nobody!.Int, "*Nobody*" },
        { f => f.Tenfold > 1, "*f.Tenfold*is not written as a number*" },
        { f => f.OnlyWritten == 1, "*f.OnlyWritten*written, but not read back*" },
        { f => f.AsText > 1, "*f.AsText*" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void Where_WhatNoPatternSays_IsRefusedByItsPart(Expression<Func<Facts, bool>> condition, string message) =>
        FluentActions.Invoking(() => Translate(condition)).Should().ThrowExactly<NotSupportedException>().WithMessage(message);

    public static TheoryData<Expression<Func<Facts, bool>>, string> Translated => new()
    {
        { f => AnyCase.Contains(f.Text), """{"text":[{"equals-ignore-case":"de"}]}""" },
        { f => Colors.Contains(f.Color), """{"color":[1,2]}""" },
        { f => Maybes.Contains(f.MaybeInt), """{"maybeInt":[1,null,{"exists":false}]}""" },
        { f => f.AsText == 5, """{"asText":["5"]}""" },
        { f => f.MaybeNamed == Color.Blue, """{"maybeNamed":["Blue"]}""" },
        { f => f.Tenfold == 2, """{"tenfold":[-20]}""" },
        { f => f.MaybeInts.Any(i => !(i < 5)), """{"maybeInts":[{"numeric":[">=",5]},null]}""" },
        { f => f.Int > 1 && f.Decimal < decimal.MaxValue,
            """{"int":[{"numeric":[">",1]}],"decimal":[{"numeric":["<",79228162514264337593543950335]},{"exists":false}]}""" },
        { f => f.Retries == 3, """{"retries":[3,{"exists":false}]}""" },
        { f => f.Name.StartsWith("ab") == false, """{"name":[{"anything-but":{"prefix":"ab"}},null]}""" },
    };

    [Theory]
    [MemberData(nameof(Translated))]
    public void Where_WhatAPatternSays_IsWrittenAsTheSerializerDoes(Expression<Func<Facts, bool>> condition, string json) =>
        Translate(condition).Should().Be(json);

    [Fact]
    public void Where_MemberWithAConverterOfItsOwn_IsWrittenByItAndNotByOneOfTheOptions()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web)
        {
            Converters = { new JsonStringEnumConverter(
                JsonNamingPolicy.SnakeCaseUpper) }, TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
        };

        var pattern = Trigger.On<Facts>().Where(f => f.Named == Color.Blue && f.Color == Color.Blue && f.Numbered == Color.Blue)
            .ToPattern(options)!;

        pattern.ToString().Should().Be("""{"named":["Blue"],"color":["BLUE"],"numbered":[2]}""");
    }

    [Fact]
    public void Where_PolymorphicMember_IsTranslatedWhereAllItsTypesWriteItAlike()
    {
        var corners = Trigger.On<Drawing>().Where(d => d.Shape!.Corners == 3);
        var label = Trigger.On<Drawing>().Where(d => d.Shape!.Label == "a");

        corners.ToPattern()!.ToString().Should().Be("""{"shape":{"corners":[3]}}""");
        label.Invoking(static on => on.ToPattern()).Should().Throw<NotSupportedException>()
            .WithMessage("*d.Shape.Label*written differently for*Circle*");
    }

    [Fact]
    public void Where_SerializerThatWritesReferences_IsRefused()
    {
        var options = new JsonSerializerOptions { ReferenceHandler = ReferenceHandler.Preserve,
            TypeInfoResolver = new DefaultJsonTypeInfoResolver() };

        Trigger.On<Facts>().Where(f => f.Int == 1).Invoking(on => on.ToPattern(options)).Should().Throw<NotSupportedException>()
            .WithMessage("*ReferenceHandler*");
    }

    // An attribute would not keep half an emoji.
    private static readonly string[] NamesThatNoPatternHas = ["$or", "a\0b", "", "\ud83d"];

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Where_MemberWhoseNameNoPatternHas_IsRefused(int name)
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web)
        {
            TypeInfoResolver = new DefaultJsonTypeInfoResolver().WithAddedModifier(info =>
            {
                foreach (var property in info.Type == typeof(Point) ? info.Properties.Take(1) : [])
                {
                    property.Name = NamesThatNoPatternHas[name];
                }
            }),
        };

        Trigger.On<Point>().Where(p => p.X == 1).Invoking(on => on.ToPattern(options)).Should().Throw<NotSupportedException>()
            .WithMessage("*'X' of *is called*");
    }

    [Fact]
    public void Where_NullableWithAConverterInTheOptions_IsNoObjectWithMembers()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web) { Converters = { new PointConverter() },
            TypeInfoResolver = new DefaultJsonTypeInfoResolver() };

        Trigger.On<Facts>().Where(f => f.MaybePoint!.Value.X == 1).Invoking(on => on.ToPattern(options)).Should()
            .Throw<NotSupportedException>().WithMessage("*'X'*is not serialized*");
    }

    [Fact]
    public void Where_OptionsThatKnowNoTypes_AreRefused() =>
        Trigger.On<Facts>().Where(f => f.Int == 1).Invoking(static on => on.ToPattern(new JsonSerializerOptions())).Should()
            .Throw<NotSupportedException>().WithMessage("*f.Int*TypeInfoResolver*");

    [Fact]
    public void Per_DecimalThatIsWrittenAsText_IsRefused()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web) { NumberHandling = JsonNumberHandling.WriteAsString,
            TypeInfoResolver = new DefaultJsonTypeInfoResolver() };

        Field(static f => f.Decimal).Invoking(field => field.ToPointer(options)).Should().Throw<NotSupportedException>()
            .WithMessage("*f.Decimal*");
        Field(static f => f.Int).ToPointer(options).Should().Be("/int");
    }

    [Fact]
    public void Where_NestedWithoutBound_IsRefusedAndEndsNoProcess()
    {
        Expression<Func<Facts, bool>> one = f => f.Bool;
        var body = Enumerable.Range(0, 200_000).Aggregate(one.Body, (all, _) => Expression.OrElse(all, one.Body));

        FluentActions.Invoking(() => Translate(Expression.Lambda<Func<Facts, bool>>(body, one.Parameters))).Should()
            .Throw<NotSupportedException>().WithMessage("*nested too deeply*");
    }

    public static TheoryData<Expression<Func<Facts, object?>>, string?> Fields => new()
    {
        { f => f.Int, "/int" },
        { f => f.Text, "/text" },
        { f => f.Place.City, "/place/city" },
        { f => f.MaybeInt!.Value, "/maybeInt" },
        { f => (byte)f.Int, null },
        { f => f.Text!.ToLower(), null },
        { f => f.At, null },
        { f => f.Bool, null },
        { f => f.Place, null },
        { f => f.Tags, null },
        { f => f.Ignored, null },
    };

    [Theory]
    [MemberData(nameof(Fields))]
    public void Per_Lambda_NamesAMemberWhoseValuesAreToldApart(Expression<Func<Facts, object?>> field, string? pointer)
    {
        var read = () => FieldSelector.From(field).ToPointer(JsonSerializerOptions.Web);

        if (pointer is null)
        {
            read.Should().Throw<NotSupportedException>().WithMessage("*f.*");
        }
        else
        {
            read().Should().Be(pointer);
        }
    }

    private static FieldSelector Field(Expression<Func<Facts, object?>> field) => FieldSelector.From(field);

    private static string Translate(Expression<Func<Facts, bool>> condition) =>
        Trigger.On<Facts>().Where(condition).ToPattern()!.ToString();

    private sealed class PointConverter : JsonConverter<Point?>
    {
        public override Point? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            new Point(reader.GetInt32(), 0);

        public override void Write(Utf8JsonWriter writer, Point? value, JsonSerializerOptions options) =>
            writer.WriteNumberValue(value!.Value.X);
    }

    public sealed record Drawing(Shape? Shape);

    [JsonDerivedType(typeof(Circle), "circle")]
    [JsonDerivedType(typeof(Shape), "shape")]
    public class Shape
    {
        public int Corners { get; set; }

        public virtual string? Label { get; set; }
    }

    public sealed class Circle : Shape
    {
        [JsonPropertyName("circle-label")]
        public override string? Label { get; set; }
    }
}
