using System.Text.RegularExpressions;
using Xunit;

namespace Hawser.Tests.Federation;

public partial class NamingChecksTests
{
    [Fact]
    public void Every_test_that_the_table_of_attacks_names_exists()
    {
        var root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "docs", "naming-checks.md"))) root = Path.GetDirectoryName(root) ?? throw new InvalidOperationException("no docs");
        var names = typeof(NamingChecksTests).Assembly.GetTypes().SelectMany(type => type.GetMethods(
            System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.Public | System.Reflection.BindingFlags.NonPublic)).Select(method => method.Name).ToHashSet();
        var named = Quoted().Matches(File.ReadAllText(Path.Combine(root, "docs", "naming-checks.md"))).Select(match => match.Groups[1].Value).Distinct().ToArray();
        Assert.NotEmpty(named);
        Assert.All(named, name => Assert.True(name.EndsWith(".sh", StringComparison.Ordinal) ? File.Exists(Path.Combine(root, name)) : names.Contains(name), name));
    }

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quoted();
}
