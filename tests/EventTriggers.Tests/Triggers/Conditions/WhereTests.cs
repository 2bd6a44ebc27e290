// Lambdas as people write them; they are translated, and run as no code.
#pragma warning disable CA1304, CA1309, CA1310, CA1311, CA1862, CA1865, CA1866
using System.Linq.Expressions;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using CsCheck;

namespace EventTriggers.Tests.Triggers.Conditions;

/// <summary>A lambda becomes a pattern that matches exactly where the lambda holds.</summary>
public sealed class WhereTests
{
    private static readonly JsonSerializerOptions[] Serializers =
    [
        JsonSerializerOptions.Web,
        new(JsonSerializerDefaults.Web)
        {
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
            TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
        },
        new() { Converters = { new JsonStringEnumConverter() }, TypeInfoResolver = new DefaultJsonTypeInfoResolver() },
    ];

    private static readonly string[] Wanted = ["DE", "AT"];
    private static readonly List<int> Numbers = [1, 2, 3];
    private static readonly HashSet<Color> Colors = [Color.Red, Color.Blue];
    private static readonly DateOnly Day = new(2026, 2, 28);

    // What people ask for, each alone and combined with others below.
    private static readonly Expression<Func<Order, bool>>[] Atoms =
    [
        o => o.Number == 2, o => o.Number != 2, o => o.Number > 1, o => o.Number >= 2, o => 2 > o.Number, o => o.Number <= 0,
        o => o.Number == 0, o => o.Number != 0,
        o => o.Maybe == 2, o => o.Maybe != 2, o => o.Maybe > 1, o => o.Maybe == null, o => o.Maybe != null, o => o.Maybe.HasValue,
        o => !o.Maybe.HasValue,
        o => o.Total > 1.5m, o => o.Total < 2, o => o.Total == 2.50m, o => o.Rate >= 0.1, o => o.Rate == 0.1,
        o => o.Big == 9007199254740993,
        o => o.Country == "DE", o => o.Country != "DE", o => "AT" == o.Country, o => o.Country == null, o => o.Country != null,
        o => o.Country == string.Empty,
        o => o.Name.StartsWith("ab"), o => o.Name.EndsWith(
            "c", StringComparison.Ordinal), o => o.Name.Contains("b*"), o => o.Name.Contains('c'), o => o.Name.StartsWith('a'),
        o => o.Name.StartsWith("AB", StringComparison.OrdinalIgnoreCase), o => o.Name.EndsWith("C", StringComparison.OrdinalIgnoreCase),
        o => o.Name.Equals(
            "ABC", StringComparison.OrdinalIgnoreCase), o => string.Equals(
                o.Name, "Abc", StringComparison.OrdinalIgnoreCase), o => o.Name.Equals("abc"),
        o => string.IsNullOrEmpty(o.Country), o => !string.IsNullOrEmpty(o.Country), o => o.Country != null
            && o.Country != "DE", o => o.Name.StartsWith("a")
            && o.Name.EndsWith("c"), o => Equals(o.Name, "abc"),
        o => o.IsPaid, o => !o.IsPaid, o => o.IsPaid == true, o => o.IsPaid != true, o => o.IsGift == true, o => o.IsGift != true,
        o => o.IsGift == null, o => o.IsGift != null,
        o => o.Color == Color.Red, o => o.Color != Color.Green, o => o.MaybeColor == Color.Blue, o => o.MaybeColor != Color.Red,
        o => o.MaybeColor == null,
        o => Wanted.Contains(o.Country), o => !Wanted.Contains(o.Country), o => Numbers.Contains(o.Number), o => Colors.Contains(o.Color),
        o => !Numbers.Contains(o.Number),
        o => o.Customer.City == "x", o => o.Customer.Age > 1, o => o.Customer.Age < 5 && o.Customer.City != "y",
        o => o.Lines.Any(l => l.Sku == "x"), o => o.Lines.Any(
            l => l.Sku == "x" && l.Count > 1), o => o.Lines.Any(l => l.Count == 2 || l.Sku == "y"),
        o => o.Tags.Contains("t"), o => o.Tags.Any(t => t == "u"), o => o.Tags.Any(t => t.StartsWith("t")), o => o.Day == Day,
        o => o.Letter == 'x', o => o.Id == Guid.Empty,
    ];

    private static readonly Gen<Order> Orders =
        from numbers in Gen.Select(
            Gen.Int[-1, 3], Gen.Int[-1, 3]
                .Nullable(), Gen.OneOf(
                    Gen.Const(0m), Gen.Const(2.5m), Gen.Const(1.5m), Gen.Const(7m)), Gen.OneOf(
                        Gen.Const(0.0), Gen.Const(0.1), Gen.Const(0.3)))
        from texts in Gen.Select(
            Pick("DE", "AT", "", null), Pick("abc", "ABC", "ab*c", "cab", ""), Pick("t", "u", "tu").Array[0, 2], Pick("x", "y", "X"))
        from flags in Gen.Select(Gen.Bool, Gen.Bool.Nullable(), Gen.Enum<Color>(), Gen.Enum<Color>().Nullable())
        from lines in Gen.Select(Pick("x", "y"), Gen.Int[0, 3], static (sku, count) => new Line(sku!, count)).List[0, 2]
        from rest in Gen.Select(Gen.Int[0, 6], Gen.Bool, Gen.Bool, Gen.Bool)
        select new Order
        {
            Number = numbers.Item1, Maybe = numbers.Item2, Total = numbers.Item3, Rate = numbers.Item4, Big = rest.Item2
                ? 9007199254740993
                : 9007199254740992,
            Country = texts.Item1, Name = texts.Item2!, Tags = texts.Item3!, Customer = new Customer(texts.Item4, rest.Item1),
            IsPaid = flags.Item1, IsGift = flags.Item2, Color = flags.Item3,
            MaybeColor = flags.Item4, Lines = lines, Day = rest.Item3
                ? Day
                : Day.AddDays(1), Letter = rest.Item4 ? 'x' : 'y', Id = rest.Item2 ? Guid.Empty : Guid.NewGuid(),
        };

    private static readonly Gen<Expression<Func<Order, bool>>> Conditions = Gen.Recursive<Expression<Func<Order, bool>>>(
        (depth, deeper) => depth >= 3
        ? Gen.Int[0, Atoms.Length - 1].Select(static i => Atoms[i])
        : Gen.Frequency(
            (3, Gen.Int[0, Atoms.Length - 1].Select(static i => Atoms[i])),
            (2, Gen.Select(deeper, deeper, static (one, other) => Join(one, other, Expression.AndAlso))),
            (2, Gen.Select(deeper, deeper, static (one, other) => Join(one, other, Expression.OrElse))),
            (1, deeper.Select(static one => Expression.Lambda<Func<Order, bool>>(Expression.Not(one.Body), one.Parameters)))));

    public enum Color
    {
        Red,
        Green,
        Blue,
    }

    [Fact]
    public void EachOf_WhatPeopleAskFor_IsTranslated()
    {
        var pattern = Atoms.Select(static atom => Trigger.On<Order>().Where(atom).ToPattern());

        pattern.Should().NotContainNulls();
    }

    [Fact]
    public void AnyCombination_MatchesExactlyWhereItHolds()
    {
        var (translated, refused) = (0, 0);
        Gen.Select(Conditions, Orders.Array[8], Gen.Int[0, Serializers.Length - 1]).Sample(
            (condition, orders, serializer) =>
            {
                EventPattern pattern;
                try
                {
                    pattern = Trigger.On<Order>().Where(condition).ToPattern(Serializers[serializer])!;
                }
                catch (NotSupportedException)
                {
                    refused++;
                    return;
                }

                translated++;
                var holds = condition.Compile();
                foreach (var order in orders)
                {
                    var json = JsonSerializer.SerializeToUtf8Bytes(order, Serializers[serializer]);
                    if (pattern.IsMatch(json) != holds(order))
                    {
                        pattern.IsMatch(json).Should().Be(holds(order), $"{condition} is {pattern}, of {Encoding.UTF8.GetString(json)}");
                    }
                }
            }, iter: 2000, threads: 1);

        translated.Should().BeGreaterThan(3 * refused, "most of what people combine is translated");
    }

    [Fact]
    public void AMemberThatIsNotWritten_CountsAsItsDefault()
    {
        var pattern = Trigger.On<Order>().Where(o => o.Number < 5 && o.Country != "DE" && !o.IsPaid).ToPattern()!;

        pattern.IsMatch("{}"u8).Should().BeTrue();
        pattern.IsMatch("""{"number":7}"""u8).Should().BeFalse();
    }

    public static TheoryData<Expression<Func<Order, bool>>, string> Written => new()
    {
        { o => o.Total > 1000 && o.Country == "DE", """{"total":[{"numeric":[">",1000]}],"country":["DE"]}""" },
        { o => o.Number > 1 && o.Number < 9 && o.Number != 5, """{"number":[{"numeric":[">",1,"<",5]},{"numeric":[">",5,"<",9]}]}""" },
        { o => o.Country == "DE" || o.Country == "AT", """{"country":["DE","AT"]}""" },
        { o => o.Number == 1 && (o.Country == "DE" || o.IsPaid), """{"number":[1],"$or":[{"country":["DE"]},{"isPaid":[true]}]}""" },
        { o => o.Lines.Any(l => l.Sku == "x" && l.Count >= 2), """{"lines":{"sku":["x"],"count":[{"numeric":[">=",2]}]}}""" },
        { o => o.Name.StartsWith("a\"b"), """{"name":[{"prefix":"a\"b"}]}""" },
        { o => o.Customer.City == "Köln", """{"customer":{"city":["Köln"]}}""" },
        { o => o.MaybeColor == null, """{"maybeColor":[null,{"exists":false}]}""" },
        { o => o.Name.StartsWith("a") && o.Name.EndsWith("b"),
            """{"name":[{"prefix":"a"}],"$or":[{"name":[{"suffix":"b"}]},{"name":[{"suffix":"b"}]}]}""" },
        { o => o.Renamed == 3, """{"other-name":[3]}""" },
        { o => o.Named == Color.Blue, """{"named":["Blue"]}""" },
    };

    [Theory]
    [MemberData(nameof(Written))]
    public void ToPattern_ShowsTheJson(Expression<Func<Order, bool>> condition, string json) =>
        Trigger.On<Order>().Where(condition).ToPattern()!.ToString().Should().Be(json);

    public static TheoryData<Expression<Func<Order, bool>>, string> Refused => new()
    {
        { o => o.Name.ToLower() == "x", "o.Name.ToLower()" },
        { o => o.Name.Length > 3, "'Length'" },
        { o => o.Number == o.Big, "o.Number" },
        { o => o.Number + 1 == 3, "o.Number + 1" },
        { o => !o.Lines.Any(l => l.Sku == "x"), "Not(o.Lines.Any(" },
        { o => o.Lines.Any(), "o.Lines.Any()" },
        { o => o.Lines.Any(l => l.Sku == "x") && o.Lines.Any(l => l.Sku == "y"), "'lines'" },
        { o => o.Lines.All(l => l.Sku == "x"), "o.Lines.All(" },
        { o => o.Name.StartsWith("a", StringComparison.CurrentCultureIgnoreCase), "StartsWith" },
        { o => o.Day > Day, "o.Day" },
        { o => o.Customer == null, "o.Customer" },
        { o => o.Lines == null, "o.Lines" },
        { o => o.Tags.Any(t => t.StartsWith("a") && t.EndsWith("z")), "'tags'" },
        { o => o.Hidden == 3, "'Hidden'" },
        { o => true, "always holds" },
        { o => o.Number > 3 && o.Number < 1, "never holds" },
        { o => o.Rating > 0.1, "o.Rating" },
        { o => IsEven(o.Number), "IsEven(o.Number)" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void WhatNoPatternSays_IsRefusedByName(Expression<Func<Order, bool>> condition, string part) =>
        FluentActions.Invoking(() => Trigger.On<Order>().Where(condition).ToPattern()).Should().Throw<NotSupportedException>()
            .WithMessage($"*{part}*");

    [Fact]
    public void SeveralWhere_MustAllHold_AndDoNotMixWithAPattern()
    {
        var both = Trigger.On<Order>().Where(o => o.Number > 1).Where(o => o.IsPaid);

        both.ToPattern()!.ToString().Should().Be("""{"number":[{"numeric":[">",1]}],"isPaid":[true]}""");
        both.Invoking(static on => on.Matching("""{"a":[1]}""")).Should().Throw<InvalidOperationException>();
        Trigger.On<Order>().Matching("""{"a":[1]}""").Invoking(static on => on.Where(o => o.IsPaid)).Should()
            .Throw<InvalidOperationException>();
    }

    private static bool IsEven(int number) => number % 2 == 0;

    private static Gen<string?> Pick(params string?[] all) => Gen.Int[0, all.Length - 1].Select(i => all[i]);

    private static Expression<Func<Order, bool>> Join(
        Expression<Func<Order, bool>> one, Expression<Func<Order, bool>> other, Func<Expression, Expression, Expression> join)
    {
        var renamed = new Renamer(other.Parameters[0], one.Parameters[0]).Visit(other.Body);
        return Expression.Lambda<Func<Order, bool>>(join(one.Body, renamed), one.Parameters);
    }

    private sealed class Renamer(ParameterExpression from, ParameterExpression to) : ExpressionVisitor
    {
        protected override Expression VisitParameter(ParameterExpression node) => node == from ? to : node;
    }

    public sealed record Customer(string? City, int Age);

    public sealed record Line(string Sku, int Count);

    public sealed class Order
    {
        public int Number { get; init; }

        public int? Maybe { get; init; }

        public long Big { get; init; }

        public decimal Total { get; init; }

        public double Rate { get; init; }

        public float Rating { get; init; }

        public string? Country { get; init; }

        public string Name { get; init; } = string.Empty;

        public bool IsPaid { get; init; }

        public bool? IsGift { get; init; }

        public Color Color { get; init; }

        public Color? MaybeColor { get; init; }

        public DateOnly Day { get; init; }

        public char Letter { get; init; }

        public Guid Id { get; init; }

        public required Customer Customer { get; init; }

        public IReadOnlyList<Line> Lines { get; init; } = [];

        public string[] Tags { get; init; } = [];

        [JsonPropertyName("other-name")]
        public int Renamed { get; init; }

        [JsonConverter(typeof(JsonStringEnumConverter<Color>))]
        public Color Named { get; init; }

        [JsonIgnore]
        public int Hidden { get; init; }
    }
}
