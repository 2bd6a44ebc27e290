using System.Linq.Expressions;
using System.Text.Json;
using EventTriggers;
using Native;

// Tries a lambda over each type that one may compare, in a program that is compiled ahead of time (dotnet publish samples/Native): each
// becomes a pattern that matches, or the program ends with 1.
var failures = 0;
Facts facts = new()
{
    Int = 2, MaybeInt = 2, Long = 5, Short = 2, Byte = 2, SByte = 2, UInt = 2, ULong = 2, UShort = 2, Decimal = 2.5m, MaybeDecimal = 2.5m,
    Double = 0.5, MaybeDouble = 0.5, Float = 0.5f, Bool = true, MaybeBool = true,
    Char = 'x', Text = "abc", Color = Color.Blue, MaybeColor = Color.Blue, Guid = new Guid(
        "0f8fad5b-d9cb-469f-a165-70867728950e"), Day = new(2026, 2, 28), Time = new(1, 2), Span = TimeSpan.FromSeconds(1),
            MaybeSpan = TimeSpan.FromSeconds(1),
    At = DateTimeOffset.UnixEpoch, Tags = ["t"], Ints = [1, 2], MaybeInts = [1, null], Lines = [new("x", 2, 1.5m)], Place = new("DE", 7),
};
var json = JsonSerializer.SerializeToUtf8Bytes(facts, FactsContext.Default.Facts);
List<string> wanted = ["abc"];
HashSet<string> anyCase = new(StringComparer.OrdinalIgnoreCase) { "ABC" };
HashSet<int> numbers = [1, 2];
HashSet<Color> colors = [Color.Blue];
Color[] colorArray = [Color.Blue];
int?[] maybes = [2, null];
decimal[] prices = [2.5m];
var price = 1000m;

Try(f => f.Int == 2 && f.Int > 1 && f.Int >= 2 && f.Int < 3 && f.Int <= 2 && f.Int != 3);
Try(f => f.MaybeInt == 2 && f.MaybeInt > 1 && f.MaybeInt != null && f.MaybeInt.HasValue && f.MaybeInt.Value == 2);
Try(f => f.Long == 5 && f.Int < 5L && f.Short == 2 && f.Byte == 2 && f.SByte == 2 && f.UInt == 2 && f.ULong == 2 && f.UShort == 2);
Try(f => f.Decimal < 1000 && f.Decimal > 2 && f.Decimal >= 2.5m && f.Decimal <= 2.5m && f.Decimal == 2.5m && f.Decimal != price);
Try(f => f.MaybeDecimal > 2 && f.MaybeDecimal != null && f.MaybeDecimal == 2.5m && f.Int < 2.5m && f.MaybeDecimal < price + 1);
Try(f => f.Double > 0.1 && f.MaybeDouble == 0.5 && f.Float == 0.5f && f.Int < 2.5 && f.Bool && f.MaybeBool == true && !(f.Bool == false));
Try(f => f.Char == 'x'
    && f.Text == "abc"
    && f.Text != "x"
    && f.Text != null
    && f.Text.StartsWith("ab")
    && f.Text.EndsWith('c')
    && f.Text.Contains("bc"));
Try(f => f.Text!.Equals(
    "ABC", StringComparison.OrdinalIgnoreCase) && string.Equals(f.Text, "abc") && Equals(f.Text, "abc") && !string.IsNullOrEmpty(f.Text));
Try(f => f.Color == Color.Blue && f.MaybeColor != Color.Red && f.Color > Color.Red && (int)f.Color == 2 && f.Color.Equals(Color.Blue));
Try(f => f.Guid == new Guid(
    "0f8fad5b-d9cb-469f-a165-70867728950e") && f.Day == new DateOnly(2026, 2, 28) && f.Time == new TimeOnly(1,
    2) && f.Span == TimeSpan.FromSeconds(1) && f.MaybeSpan != null && f.At != null);
Try(f => wanted.Contains(f.Text!)
    && anyCase.Contains(f.Text!)
    && numbers.Contains(f.Int)
    && colors.Contains(f.Color)
    && colorArray.Contains(f.Color)
    && maybes.Contains(f.MaybeInt)
    && prices.Contains(f.Decimal));
Try(f => f.Tags.Contains("t") && f.Ints.Any(i => i > 1) && f.MaybeInts.Any(i => i == null) && f.Lines.Any(
    l => l.Sku == "x" && l.Count == 2 && l.Price > 1) && f.Place.Zip == 7);
Console.WriteLine(failures == 0 ? "All lambdas are translated, and match." : $"{failures} lambdas are not translated, or do not match.");
return failures == 0 ? 0 : 1;

void Try(Expression<Func<Facts, bool>> condition)
{
    try
    {
        if (Trigger.On<Facts>().Where(condition).ToPattern(FactsContext.Default.Options)?.IsMatch(json) == true)
        {
            return;
        }

        Console.Error.WriteLine($"{condition} does not match.");
    }
    catch (Exception e)
    {
        Console.Error.WriteLine($"{condition}: {e}");
    }

    failures++;
}
