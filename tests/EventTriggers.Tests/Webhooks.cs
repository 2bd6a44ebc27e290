using System.Text.Json;

namespace EventTriggers.Tests;

/// <summary>329 real deliveries of webhooks, of 161 types.</summary>
internal static class Webhooks
{
    /// <summary>Reads them, or skips the test where there are none.</summary>
    public static List<(string Type, byte[] Payload)> Read()
    {
        var file = Candidates().FirstOrDefault(File.Exists);
        if (file is null)
        {
            Assert.Skip("No github-webhooks.jsonl: neither in EVENTTRIGGERS_DATA nor in ../shared/data.");
        }

        return [.. File.ReadLines(file).Select(static line =>
        {
            using var document = JsonDocument.Parse(line);
            return (document.RootElement.GetProperty("type").GetString()!,
                System.Text.Encoding.UTF8.GetBytes(document.RootElement.GetProperty("payload").GetRawText()));
        })];
    }

    private static IEnumerable<string> Candidates()
    {
        const string Name = "github-webhooks.jsonl";
        if (Environment.GetEnvironmentVariable("EVENTTRIGGERS_DATA") is { Length: > 0 } given)
        {
            yield return File.Exists(given) ? given : Path.Combine(given, Name);
        }

        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            yield return Path.Combine(folder.FullName, "shared", "data", Name);
        }
    }
}
