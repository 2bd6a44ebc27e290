// Lambdas as people write them; they are translated, and run as no code.
#pragma warning disable CA1304, CA1309, CA1310, CA1311, CA1822, CA1826, CA1827, CA1860, CA1862, CA1865, CA1866, CA1867, CA1868, CA1829
#pragma warning disable CS0252, CS0253, IDE0004
#nullable disable
using System.Collections.Frozen;
using System.Globalization;
using System.Linq.Expressions;

namespace EventTriggers.Tests.Triggers.Conditions.Differential;

/// <summary>What C# allows besides: each is translated to what it means, or refused.</summary>
internal static class OtherLeaves
{
    private static readonly string[] Wanted = ["DE", "ab"];
    private static readonly List<string> NoTexts = [];
    private static readonly int TooMuch = 300;
    private static readonly object[] Objects = [1, "ab"];
    private static readonly HashSet<string> Cultural = new(StringComparer.Create(CultureInfo.InvariantCulture, ignoreCase: true)) { "de" };
    private static readonly HashSet<int> Odd = new(
        EqualityComparer<int>.Create(static (one, other) => one % 2 == other % 2, static one => one % 2)) { 1 };
    private static readonly SortedSet<string> SortedByCulture = ["ab", "DE"];
    private static readonly SortedSet<int> SortedOddly = new(
        Comparer<int>.Create(static (one, other) => (one % 2).CompareTo(other % 2))) { 1 };
    private static readonly FrozenSet<int> FrozenOddly = Odd.ToFrozenSet(Odd.Comparer);
    private static readonly Dictionary<string, int> Map = new(StringComparer.OrdinalIgnoreCase) { ["de"] = 1 };
    private static readonly ICollection<string> Keys = Map.Keys;
    private static readonly Collection Own = [];
    private static readonly Func<string, bool> Test = static text => text == "t";
    private static readonly DateTimeOffset Moment = new(2026, 1, 1, 12, 0, 0, TimeSpan.FromHours(2));
    private static readonly DateOnly Day = new(2026, 2, 28);
    private static readonly Uri Address = new("http://a/");
    private static readonly Version One = new(1, 0);
    private static readonly int? None = null;
    private static readonly Facts NoFacts = null;

    public static readonly Expression<Func<Facts, bool>>[] All =
    [
        f => (byte)f.Int == 1, f => (int)f.Long == 5, f => (int)f.Double == 1, f => (int)f.Decimal > 1, f => (short)f.Int == 2,
        f => (uint)f.Int == uint.MaxValue, f => (float)f.Double > 0.1f, f => (double)f.Float == 0.1, f => f.Float > 0.1,
        f => f.Long > 1.5, f => f.Int > 1.5f, f => f.ULong > 1.5, f => (double)f.Decimal > 1.5, f => (decimal)f.Double == 0.1m,
        f => checked((byte)f.Int) == 1, f => checked((long)f.Int) == 2, f => (Color)f.Long == Color.Red, f => (Rights)f.Int == Rights.Read,
        f => (byte)f.Color == 1, f => (char)f.Int == 'x', f => (Color)f.Rights == Color.Green, f => (int)(Color)f.Int == 1,
        f => (object)f.Text == "ab", f => (object)f.Int == (object)2, f => (f.Text as object) == null, f => f.Anything is string,
        f => f.Int
            + 1 == 3, f => f.Int % 2 == 0, f => -f.Int == 1, f => ~f.Int == 1, f => (f.Rights & Rights.Read) != 0,
            f => (f.Rights & Rights.Read) == Rights.Read, f => f.Rights.HasFlag(Rights.Read), f => f.Int << 1 == 4,
            f => Math.Abs(f.Int) == 1, f => Math.Floor(f.Double) == 0,
        f => (f.MaybeInt ?? 0) == 0, f => (f.Text ?? "DE") == "DE", f => f.MaybeInt.GetValueOrDefault() == 0,
        f => (f.Bool ? f.Int : f.Short) == 2, f => f.Bool
            ? f.Int == 1
            : f.Int == 2, f => f.Bool ^ f.YesNo, f => f.Bool & f.YesNo, f => f.Bool | f.YesNo, f => f.Bool == f.YesNo,
        f => f.Text.Length == 2, f => f.Text.ToLower() == "de", f => f.Text.ToUpperInvariant() == "DE", f => f.Text.Trim() == "ab",
        f => f.Text.Substring(1) == "b", f => f.Text[0] == 'a', f => f.Text.IndexOf("a") == 0, f => string.IsNullOrWhiteSpace(f.Text),
        f => f.Text.Replace("a", "b") == "bb",
        f => string.Compare(f.Text, "b") < 0, f => f.Text.CompareTo("b") < 0, f => string.CompareOrdinal(f.Text, "b") < 0,
        f => f.Int.CompareTo(2) > 0, f => f.Text
            + "b" == "ab", f => f.Int.ToString() == "2", f => f.Text.StartsWith("AB", true, CultureInfo.InvariantCulture),
        f => f.Text.StartsWith(
            "a", StringComparison.CurrentCulture), f => f.Text.StartsWith(
                "A", StringComparison.InvariantCultureIgnoreCase), f => f.Text.EndsWith("B", true, null), f => f.Text.Contains(
                    "A", StringComparison.OrdinalIgnoreCase), f => f.Text.Contains('A', StringComparison.OrdinalIgnoreCase),
        f => string.Equals(
            f.Text, "AB", StringComparison.InvariantCultureIgnoreCase), f => !f.Text.StartsWith(
                "AB", StringComparison.OrdinalIgnoreCase), f => "abc".Contains(f.Text), f => "abc".StartsWith(f.Text),
                    f => "abc".Contains(f.Char), f => f.Text.StartsWith(f.Name), f => f.Text == f.Name,
        f => f.Text.Contains('\ud83d'), f => f.Text == "\ud83d", f => f.Text.StartsWith("\ud83d"), f => f.Text.EndsWith("\ude00"),
        f => f.Char == '\ud83d', f => f.Char > 'a', f => f.Char.Equals('x'), f => char.IsUpper(f.Char), f => f.Text == "\ufffd",
        f => f.Text != "\ud83d",
        f => f.Name.Any(c => c == 'a'), f => f.Name.Contains("a")
            && f.Name.Any(), f => f.Bytes.Contains((byte)1), f => f.Bytes.Any(b => b == 1), f => f.Map.Any(m => m.Key == "a"),
            f => f.Map.ContainsKey("a"), f => f.Map.Keys.Contains("a"), f => f.Map["a"] == 1, f => f.Map.Count == 1,
            f => f.Map.ContainsValue(1),
        f => f.At == Moment, f => f.At > Moment, f => f.MaybeAt == Moment, f => f.MaybeAt != Moment, f => f.Local == Moment.UtcDateTime,
        f => f.At.Equals(Moment), f => f.At.Year == 2026, f => f.Local.Date == DateTime.UnixEpoch, f => new[] { Moment }.Contains(f.At),
        f => f.Day > Day, f => f.Day.Year == 2026,
        f => f.Span > TimeSpan.Zero, f => f.Span.TotalSeconds > 1, f => f.Time > TimeOnly.MinValue, f => f.Guid > Guid.Empty,
        f => f.Guid.ToString() == "x", f => f.Link == Address, f => f.Link.Equals(Address), f => f.Link != null, f => f.Link.Host == "a",
        f => f.Version == One, f => f.Version > One, f => f.Version.Major == 1,
        f => Equals(f.Int, 5L), f => Equals(f.Int, 2), f => f.Int.Equals(2L), f => f.Int.Equals((object)2), f => f.Long.Equals((object)5),
        f => f.Color.Equals((object)1), f => f.Color.Equals(Rights.Read), f => f.MaybeInt.Equals(2L), f => f.MaybeInt.Equals(null),
        f => f.Int.Equals(null), f => f.Text.Equals(null), f => Equals(f.Double, 0.1f),
        f => f.Double.Equals(0.1), f => f.Double.Equals(double.NaN), f => f.Decimal.Equals(2.50m), f => f.Anything == null,
        f => f.Anything.Equals("ab"), f => Equals(f.Anything, "ab"), f => ReferenceEquals(f.Text, "ab"), f => Equals(f.Place, null),
        f => f.Place == null, f => f.MaybePlace != null, f => f.MaybePoint == null,
        f => f.MaybePoint.HasValue, f => f.Point == new Point(1, 2), f => f.Point.Equals(new Point(1, 2)), f => f.Tags == null,
        f => f.Lines != null, f => f.Double == 1e300, f => f.Double < 1e300, f => f.Double == double.NaN, f => f.Double != double.NaN,
        f => f.Double > double.NaN, f => double.IsNaN(f.Double), f => f.Double == double.PositiveInfinity,
        f => f.Double < double.PositiveInfinity, f => f.Double > double.Epsilon, f => f.Double == 1e-30, f => f.Float > float.Epsilon,
        f => f.Float < 1e-20f, f => f.Double == 1e-11, f => f.Double <= -1e-11, f => f.MaybeInt == None, f => f.MaybeInt > None,
        f => f.Int == f.Long, f => f.Int > f.Short, f => f.Decimal > 79228162514264337593543950334m,
        f => Cultural.Contains(f.Text), f => Odd.Contains(f.Int), f => SortedByCulture.Contains(f.Text), f => SortedOddly.Contains(f.Int),
        f => FrozenOddly.Contains(f.Int), f => Map.Keys.Contains(f.Text), f => Keys.Contains(f.Text), f => Map.ContainsKey(f.Text),
        f => Map.Values.Contains(f.Int), f => Own.Contains(f.Text), f => Objects.Contains(f.Int), f => Objects.Contains(f.Text),
        f => Wanted.Contains(
            f.Text, StringComparer.InvariantCultureIgnoreCase), f => Array.IndexOf(Wanted, f.Text) >= 0,
                f => Array.Exists(Wanted, w => w == f.Text), f => Wanted.Any(w => w == f.Text), f => Wanted.Any(w => f.Text.StartsWith(w)),
                f => Wanted.All(w => w != f.Text), f => Wanted.Any(w => w == "ab")
            && f.Bool, f => Wanted.First() == f.Text,
        f => f.Set.Contains(
            "T", StringComparer.OrdinalIgnoreCase), f => f.Tags.Contains(
                "T", StringComparer.InvariantCultureIgnoreCase), f => f.Set.IsSubsetOf(Wanted), f => f.Set.Any(t => t == "t"),
                    f => f.Tags.Contains(f.Name), f => f.Tags.Any(t => t == f.Name), f => f.Tags.Any(t => f.Bool),
        f => f.Tags.Any(t => true), f => f.Tags.Any(t => true)
            && f.Int == 2, f => f.Tags.Any(t => false)
            || f.Bool, f => f.Tags.Any(), f => !f.Tags.Any(t => t == "t"), f => !f.Tags.Contains("t"), f => f.Tags.All(t => t == "t"),
            f => f.Tags.Length == 1, f => f.Tags.Count() > 1, f => f.Tags.Count(t => t == "t") > 1, f => f.Tags[0] == "t",
            f => f.Tags.First() == "t",
        f => f.Tags.Any(Test), f => f.Tags.Where(t => t == "t")
            .Any(), f => f.Tags.Select(t => t)
            .Contains("t"), f => f.Tags.Any(t => t.Length > 1), f => f.Tags.Any(
                t => t.StartsWith("t") && t.EndsWith("u")), f => f.Tags.Any(t => t == "t")
            && f.Tags.Any(t => t == "u"), f => f.Tags.Any(t => t == "t")
            || f.Tags.Any(t => t == "u"), f => f.Tags.Any(t => string.IsNullOrEmpty(t)),
        f => f.Tags.Any(
            t => !string.IsNullOrEmpty(t)), f => f.Tags.Any(t => t == "t"
                || f.Bool), f => f.Ints.Count == 1, f => f.Ints.Any(i => i % 2 == 0), f => f.Ints.Exists(i => i == 2),
                    f => f.Ints.Sum() > 2, f => f.Ints[0] == 1, f => f.Ints.Any(i => i > 1L), f => f.Ints.Any(i => (byte)i == 1),
                    f => f.Colors.Any(c => c > Color.Red), f => f.Rows.Any(r => r.Contains(2)),
        f => f.Rows.Any(r => r.Any(i => i > 1)), f => f.Doubles.Any(d => !(d > 0.1)), f => f.Doubles.Any(d => d != 0.1),
        f => f.Doubles.Any(d => d == 0), f => f.IntsAsText.Any(i => i > 1), f => f.IntsAsText.Any(i => i != 2), f => f.Lines.Any(),
        f => f.Lines.Any(l => true), f => f.Lines.All(l => l.Count > 0), f => f.Lines.Any(l => l.Sku == f.Name),
        f => f.Lines.Any(l => l == null),
        f => f.Lines.Any(l => l != null), f => f.Lines.Any(l => l.Count == 1), f => f.Lines.Any(l => l.Count < 5),
        f => f.Lines.Any(l => l.Price == null), f => f.Lines.Any(l => l.Price != 1), f => f.Lines.Any(
            l => l.Sku == "x"
                && l.Count == 1), f => f.Lines.Any(l => l.Sku == "x"
                || l.Price == null), f => f.Lines.Any(l => l.Marks.Any(m => m == "m")
                && l.Marks.Any(m => m == "n")),
        f => f.Lines.Any(l => l.Color != Color.Red), f => f.Lines.Any(l => !l.Marks.Contains("m")), f => f.Lines.Select(l => l.Sku)
            .Contains("x"), f => f.Lines[0].Sku == "x", f => f.Lines.Contains(new Line("x", 1, Color.Red)),
            f => f.Lines.Any(l => l.Sku == "x")
            && f.Lines.Any(l => l.Count == 2), f => f.Lines.Any(l => l.Sku == "x" && (l.Count == 1 || l.Price > 2)),
        f => f.Hidden == 0, f => f.Ignored == 0, f => f.OnlyRead == 0, f => f.OnlyWritten == 0, f => f.Kept == 1, f => f.More == null,
        f => f.More.ContainsKey("a"), f => f.AsText > 4, f => f.AsText < 6, f => f.Named > Color.Red, f => f.Numbered > Color.Red,
        f => f.MaybeNamed > Color.Red,
        f => f.Tenfold > 1, f => f.Tenfold < 1, f => f.MaybeTenfold > 1, f => f.MaybeTenfold != null, f => f.Shouted == "AB",
        f => f.Shouted == "ab", f => f.Shouted.StartsWith("A"), f => f.Shouted != "ab", f => f.Shouted.StartsWith("a"),
        f => f.Shouted == null, f => f.Retries != 3, f => f.Retries < 1, f => f.Note != null, f => f.Note.StartsWith("n"),
        f => f.YesNo == false,
        f => f.YesNo != true, f => NoFacts.Int == f.Int, f => IsEven(f.Int), f => f.GetHashCode() == 1, f => f.Equals(null), f => f == null,
        f => f != null, f => f.Text.GetType() == typeof(string), f => f.MaybePlace.Point.X == 1, f => f.MaybePlace.Zip > 1,
        f => !(f.MaybePlace.Zip > 1), f => f.MaybePoint.Value.X > 1, f => f.Lines.Any(l => l.Marks.Length == 1),
        f => f.Text != null
            && f.Text.StartsWith("a"), f => !string.IsNullOrEmpty(f.Text), f => f.Text.StartsWith("a")
            && f.Text.EndsWith("b"), f => !(f.Text.StartsWith("a") || f.Text.EndsWith("b")), f => !(f.Double > 0.1),
            f => !(f.MaybeDouble < 0.1), f => !(f.Float >= 1), f => !f.MaybeBool.Value, f => !(f.MaybeInt > 1),
            f => !(f.MaybeInt.Value > 1), f => true, f => false, f => f.Home.City == "Graz", f => f.Home.City == null, f => f.Home.Zip == 7,
            f => f.Home.Zip < 5, f => f.Home.Point.X == 0, f => f.Grown.Contains(7), f => f.Grown.Any(i => i == 7),
            f => f.Given.Contains(7), f => f.Given.Any(i => i == 7), f => f.Tags.Contains(null), f => f.Int == 1.5, f => f.Int != 1.5,
            f => f.Byte == TooMuch, f => f.Byte != TooMuch, f => !NoTexts.Contains(f.Name),
    ];

    private static bool IsEven(int number) => number % 2 == 0;

    private sealed class Collection : System.Collections.ObjectModel.Collection<string>;
}
