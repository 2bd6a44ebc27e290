using System.Text.Json;

namespace EventTriggers.Benchmarks;

/// <summary>Prints median, least and most of each figure.</summary>
internal static class Report
{
    public static void Print(IEnumerable<Sample> samples, bool isJson)
    {
        foreach (var figure in samples.GroupBy(static sample => sample.Name))
        {
            var values = figure.Select(static sample => sample.Value).Order().ToArray();
            var median = values[values.Length / 2];
            var server = figure.Select(static sample => sample.ServerMicroseconds).Order().ElementAt(values.Length / 2);
            if (isJson)
            {
                Console.WriteLine(JsonSerializer.Serialize(
                    new { name = figure.Key, value = Round(median), unit = figure.First().Unit, min = Round(values[0]),
                        max = Round(values[^1]), server_us = server is { } us ? Round(us) : (double?)null }));
                continue;
            }

            var cpu = server is { } cost ? $"   server {cost,6:0.0} us/event" : string.Empty;
            Console.WriteLine(
                $"{figure.Key,-24} {Text(median),12} {figure.First().Unit,-18} ({Text(values[0])} … {Text(values[^1])}){cpu}");
        }
    }

    private static string Text(double value) => Math.Abs(value) >= 1000 ? $"{value:#,0}" : $"{value:0.###}";

    private static double Round(double value) => Math.Round(value, 3);
}
