using System.Text;
using System.Text.Json;

namespace EventTriggers.Benchmarks;

/// <summary>Real deliveries of webhooks, one a line: in <c>EVENTTRIGGERS_DATA</c> or in a folder <c>shared/data</c> above.</summary>
internal static class Deliveries
{
    private const string Name = "github-webhooks.jsonl";

    public static byte[][] Read() => [.. File.ReadLines(Find()).Select(static line =>
    {
        using var document = JsonDocument.Parse(line);
        return Encoding.UTF8.GetBytes(document.RootElement.GetProperty("payload").GetRawText());
    })];

    private static string Find()
    {
        if (Environment.GetEnvironmentVariable("EVENTTRIGGERS_DATA") is { Length: > 0 } given)
        {
            return File.Exists(given) ? given : Path.Combine(given, Name);
        }

        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (Path.Combine(folder.FullName, "shared", "data", Name) is var file && File.Exists(file))
            {
                return file;
            }
        }

        throw new FileNotFoundException($"There is no {Name}: neither in EVENTTRIGGERS_DATA nor in shared/data.");
    }
}
