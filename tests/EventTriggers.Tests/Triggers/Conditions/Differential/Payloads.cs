using System.Reflection;
using System.Runtime.CompilerServices;

namespace EventTriggers.Tests.Triggers.Conditions.Differential;

/// <summary>Random payloads, of values at the edges.</summary>
internal sealed class Payloads(Random random)
{
    private static readonly double[] Doubles =
        [
            0, -0.0, 0.1, 0.3, 0.30000000000000004, 0.5, 1, 1.5, 2, -1, 1e20, 1e300, -1e300, 1e-30, -1e-30, double.Epsilon, 1e-11,
            1.0000000000000001e-11, double.NaN, double.PositiveInfinity, double.NegativeInfinity, 7.9e28, 7.93e28,
        ];

    private static readonly decimal[] Decimals =
    [
        0, 1.0m, 1.00m, 1.5m, 2, 2.5m, 2.50m, 3, -1, decimal.MaxValue, decimal.MinValue, 0.0000000000000000000000000001m, -0.0m,
        decimal.MaxValue - 1,
    ];

    private static readonly string?[] Texts =
    [
        null, "", "a", "A", "ab", "AB", "abc", "aBc", "b", "DE", "de", "AT", "x", "t", "u", "tu", "ß", "ss", "İ", "i", "ı", "K", "é",
        "e\u0301", "😀", "a😀", "\ud83d", "a\ud83d", "\ufffd", "a*b", "b*", "a\\b", "b\\", "a\"b\\", "null", "5",
        "NaN", "true", "none", " ", "\0", "\u2028",
    ];

    private static readonly DateTimeOffset[] Moments =
        [
            new(2026, 1, 1, 12, 0, 0, TimeSpan.FromHours(2)), new(
                2026, 1, 1, 10, 0, 0, TimeSpan.Zero), new(2026, 1, 1, 10, 0, 1, TimeSpan.Zero), DateTimeOffset.UnixEpoch, default,
        ];

    public Facts Next()
    {
        var facts = new Facts
        {
            Int = Int(), MaybeInt = Maybe(Int), Long = Long(), MaybeLong = Maybe(Long), Short = (short)random.Next(-2, 4),
            Byte = (byte)Pick(0, 1, 2, 44, 255), SByte = (sbyte)random.Next(-2, 3), UInt = Pick(0u, 2u, 3u, uint.MaxValue),
            ULong = Pick(
                0ul, 3ul, 4ul, ulong.MaxValue, ulong.MaxValue - 1), Decimal = Pick(Decimals), MaybeDecimal = Maybe(() => Pick(Decimals)),
                    Double = Number(), MaybeDouble = Maybe(Number), Float = Single(),
            Bool = Flag(), MaybeBool = Maybe(Flag), Char = Pick('x', 'y', 'a', 'ß', '\0', '\ud83d'), Text = Pick(Texts), Name = Pick(Texts)
                ?? "abc", Color = Hue(), MaybeColor = Maybe(Hue), Rights = (Rights)random.Next(0, 6),
            Guid = Flag()
                ? Guid.Empty
                : Guid.NewGuid(), Day = Pick(
                    new DateOnly(2026, 2, 28), new DateOnly(2026, 3, 1), default), Time = Pick(
                        default, new TimeOnly(1, 2, 3, 4)), Span = Pick(
                            default, TimeSpan.FromSeconds(1), TimeSpan.FromTicks(-5), TimeSpan.MaxValue),
            MaybeSpan = Maybe(
                () => TimeSpan.FromSeconds(random.Next(3))), Local = Pick(Moments).UtcDateTime, At = Pick(Moments),
                    MaybeAt = Maybe(() => Pick(Moments)), Link = Pick(
                        null, new Uri("http://a/"), new Uri("http://A"), new Uri("x", UriKind.Relative)),
            Version = Pick(
                null, new Version(1, 0), new Version(1, 0, 0)), Anything = Pick(null, "ab", 5, (object)true),
                    Bytes = Pick<byte[]>([], [1], [1, 2]), Renamed = Int(), AsText = Pick(0, 5, -5, 50L), Named = Hue(),
                    MaybeNamed = Maybe(Hue), Numbered = Hue(),
            Tenfold = random.Next(-1, 4), MaybeTenfold = Maybe(() => random.Next(-1, 4)), YesNo = Flag(),
            Shouted = Pick("ab", "AB", "x", ""), Ignored = Int(), Retries = Pick(0, 1, 3, 5), Note = Pick(Texts), OnlyRead = Int(),
            OnlyWritten = random.Next(3), Field = random.Next(3),
            Hidden = random.Next(3),
        };
        Fill(facts);
        return facts;
    }

    /// <summary>Copies members to those of the same names, also where they are set by a constructor only.</summary>
    public static T As<T>(Facts facts)
    {
        if (facts is T same)
        {
            return same;
        }

        var copy = (T)RuntimeHelpers.GetUninitializedObject(typeof(T));
        foreach (var property in typeof(T).GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            property.SetValue(copy, typeof(Facts).GetProperty(property.Name)!.GetValue(facts));
        }

        return copy;
    }

    private void Fill(Facts facts)
    {
        facts.Tags = Some(() => Pick("t", "u", "tu", "T", "", null)!).ToArray();
        facts.Ints = Some(() => random.Next(-1, 4));
        facts.MaybeInts = Some(() => Maybe(() => random.Next(-1, 4)));
        facts.Colors = [.. Some(Hue)];
        facts.Set = [.. Some(() => Pick("t", "T", "u"))];
        facts.Fixed = [.. Some(() => Pick("t", "T", "u"))];
        facts.Doubles = Some(Number);
        facts.Map = Some(() => Pick("a", "b")).Distinct().ToDictionary(static key => key, _ => random.Next(3));
        facts.Rows = Some(() => Some(() => random.Next(4)));
        facts.IntsAsText = Some(() => random.Next(4));
        facts.Lines = Some(
            () => random.Next(9) == 0
                ? null!
                : new Line(
                    Pick("x", "y", null), random.Next(4), Hue()) { Marks =
                    [
                        .. Some(() => Pick("m", "n")),
                    ], Price = Maybe(() => Pick(0m, 1m, 1.0m, 3m)) });
        facts.Place = Somewhere();
        facts.MaybePlace = Flag() ? Somewhere() : null;
        facts.Home = Somewhere();
        facts.Grown = Some(() => random.Next(5, 8));
        facts.Point = new(random.Next(3), random.Next(3));
        facts.MaybePoint = Maybe(() => new Point(random.Next(3), random.Next(3)));
        if (random.Next(20) == 0)
        {
            (facts.Tags, facts.Lines, facts.MaybeInts) = (null!, null!, null!);
        }
    }

    private Place Somewhere() => new() { City = Pick("x", "y", null), Zip = Pick(0, 1, 7), Point = new(random.Next(3), 0) };

    private int Int() => Pick(-1, 0, 1, 2, 3, 5, 10, 258, int.MinValue, int.MaxValue);

    private long Long() => Pick(-1, 0, 2, 5, 4294967301, 9007199254740992, 9007199254740993, long.MinValue, long.MaxValue);

    private double Number() => random.Next(10) == 0 ? BitConverter.Int64BitsToDouble(random.NextInt64()) : Pick(Doubles);

    private float Single() =>
        random.Next(10) == 0
            ? BitConverter.Int32BitsToSingle(random.Next())
            : Pick(0, -0f, 0.1f, 0.2f, 1, 1.5f, 1e-30f, float.Epsilon, 1e30f, float.NaN, float.PositiveInfinity);

    private Color Hue() => (Color)Pick(0, 0, 1, 2, 7);

    private bool Flag() => random.Next(2) == 0;

    private T? Maybe<T>(Func<T> make)
        where T : struct => random.Next(3) == 0 ? null : make();

    private List<T> Some<T>(Func<T> make) => [.. Enumerable.Range(0, random.Next(4)).Select(_ => make())];

    private T Pick<T>(params ReadOnlySpan<T> all) => all[random.Next(all.Length)];
}
