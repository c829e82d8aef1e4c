using System.Text.Json.Nodes;
using Xunit;

namespace Hawser.Tests;

/// <summary>Whole vector files of others, which lie beside the project on some machines and are not part of it.</summary>
internal static class PublicVectors
{
    public static string? Find(string file)
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            var path = Path.Combine(folder, "shared", "vectors", file);
            if (File.Exists(path)) return path;
        }

        return null;
    }

    public static JsonNode Read(string file) => JsonNode.Parse(File.ReadAllText(Find(file)!))!;
}

/// <summary>A test over a public vector file, skipped where the file is not.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class PublicVectorFactAttribute : FactAttribute
{
    public PublicVectorFactAttribute(string file)
    {
        if (PublicVectors.Find(file) is null) Skip = $"shared/vectors/{file} is not beside the project";
    }
}
