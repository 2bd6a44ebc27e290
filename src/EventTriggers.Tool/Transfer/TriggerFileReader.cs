using System.Text.Json;
using System.Text.RegularExpressions;
using EventTriggers.Tool.Documents;

namespace EventTriggers.Tool.Transfer;

/// <summary>Reads a file of exported triggers, and refuses what it does not know, by its name.</summary>
internal static partial class TriggerFileReader
{
    private static readonly string[] Members = ["format", "version", "exportedAt", "prefix", "triggers"];

    /// <exception cref="ToolException">The file cannot be imported; the message names what is wrong with it.</exception>
    public static IReadOnlyList<StoredTrigger> Read(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false });
            return ReadTriggers(document.RootElement);
        }
        catch (JsonException e)
        {
            throw Refusal($"it is not JSON: {WithoutPlace(e)} (line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1})", e);
        }
    }

    private static StoredTrigger[] ReadTriggers(JsonElement file)
    {
        if (file.ValueKind != JsonValueKind.Object)
        {
            throw Refusal($"it must hold an object with {string.Join(", ", Members)}, but holds {Word(file)}");
        }

        foreach (var member in file.EnumerateObject().Where(static member => !Members.Contains(member.Name, StringComparer.Ordinal)))
        {
            throw Refusal($"'{member.Name}' is not known; known are {string.Join(", ", Members)}");
        }

        Require(file, "format", TriggerFile.Name);
        Require(file, "version", "1");
        if (!file.TryGetProperty("triggers", out var triggers) || triggers.ValueKind != JsonValueKind.Array)
        {
            throw Refusal("'triggers' must be an array");
        }

        var read = triggers.EnumerateArray().Select(ReadTrigger).ToArray();
        var same = read.GroupBy(static trigger => trigger.Id, StringComparer.Ordinal).FirstOrDefault(static same => same.Count() > 1);
        return same is { } twice
            ? throw Refusal($"the trigger '{twice.Key}' is in it {twice.Count()} times")
            : read;
    }

    private static StoredTrigger ReadTrigger(JsonElement trigger, int at)
    {
        try
        {
            var read = trigger.Deserialize(ToolJson.Default.StoredTrigger) ?? throw Refusal($"{Name(trigger, at)} is null");
            RequireName(trigger, at, "kind", read.Kind.ToString());
            RequireName(trigger, at, "status", read.Status.ToString());
            return read;
        }
        catch (JsonException e) when (Unknown().Match(e.Message) is { Success: true } unknown)
        {
            throw Refusal($"{Name(trigger, at)}: '{unknown.Groups["name"].Value}' ({e.Path}) is not known", e);
        }
        catch (JsonException e) when (e.Path is { Length: > 1 } path)
        {
            throw Refusal($"{Name(trigger, at)}: the value of {path} is not allowed there", e);
        }
        catch (JsonException e)
        {
            throw Refusal($"{Name(trigger, at)}: {MissingMember(e)}", e);
        }
    }

    private static void Require(JsonElement file, string name, string wanted)
    {
        var given = file.TryGetProperty(name, out var value) ? value.ToString() : null;
        if (given != wanted)
        {
            throw Refusal($"'{name}' must be {wanted}, but {(given is null ? "is missing" : $"is '{given}'")}");
        }
    }

    // The parser also accepts numbers, and several names for their sum; an unknown status would then count as ended.
    private static void RequireName(JsonElement trigger, int at, string member, string name)
    {
        if (trigger.TryGetProperty(member, out var value) && !(value.ValueKind == JsonValueKind.String && value.ValueEquals(name)))
        {
            throw Refusal($"{Name(trigger, at)}: the value of $.{member} is not allowed there");
        }
    }

    private static string Name(JsonElement trigger, int at) =>
        trigger.ValueKind == JsonValueKind.Object && trigger.TryGetProperty("id", out var id) && id.ValueKind == JsonValueKind.String
            ? $"triggers[{at}] ('{id.GetString()}')"
            : $"triggers[{at}]";

    private static string MissingMember(JsonException e) => Missing().Match(e.Message) is { Success: true } missing
        ? $"{missing.Groups["names"].Value} is missing"
        : WithoutPlace(e);

    private static string WithoutPlace(JsonException e) => e.Message.Split(" Path:")[0].Split(" LineNumber:")[0].TrimEnd('.', ' ');

    private static string Word(JsonElement element) => element.ValueKind.ToString().ToLowerInvariant();

    private static ToolException Refusal(string why, Exception? innerException = null) =>
        new(ExitCode.Usage, $"The file cannot be imported: {why}. Nothing was imported.", innerException);

    [GeneratedRegex("JSON property '(?<name>.*)' could not be mapped", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Unknown();

    [GeneratedRegex("missing required properties[^:]*: (?<names>.*?)\\.?$", RegexOptions.ExplicitCapture | RegexOptions.Singleline, 1000)]
    private static partial Regex Missing();
}
