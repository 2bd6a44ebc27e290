using System.Collections.Frozen;
using System.IO.Compression;
using System.Security.Cryptography;

namespace EventTriggers.Dashboard.Files;

/// <summary>The files of the pages, from the assembly.</summary>
internal static class UiFiles
{
    public const string Page = "index.html";

    private const string Folder = "ui/";

    private static readonly Lazy<FrozenDictionary<string, UiFile>> Files = new(Read);

    public static UiFile? Find(string name) => Files.Value.GetValueOrDefault(name);

    private static FrozenDictionary<string, UiFile> Read()
    {
        var assembly = typeof(UiFiles).Assembly;
        return assembly.GetManifestResourceNames().Where(static name => name.StartsWith(Folder, StringComparison.Ordinal))
            .ToFrozenDictionary(
                static name => name[Folder.Length..],
                name =>
                {
                    using var stream = assembly.GetManifestResourceStream(name)!;
                    var content = new byte[stream.Length];
                    stream.ReadExactly(content);
                    return New(Path.GetExtension(name), content);
                },
                StringComparer.Ordinal);
    }

    private static UiFile New(string extension, byte[] content)
    {
        using var compressed = new MemoryStream();
        using (var brotli = new BrotliStream(compressed, CompressionLevel.Optimal))
        {
            brotli.Write(content);
        }

        return new UiFile(
            extension switch
            {
                ".html" => "text/html; charset=utf-8",
                ".css" => "text/css; charset=utf-8",
                ".js" => "text/javascript; charset=utf-8",
                ".svg" => "image/svg+xml",
                _ => throw new InvalidOperationException($"The pages have a file of the kind '{extension}', which has no content type."),
            },
            // Weak: it stands for the compressed form as well.
            $"W/\"{Convert.ToHexStringLower(SHA256.HashData(content))[..16]}\"", content, compressed.ToArray());
    }
}
