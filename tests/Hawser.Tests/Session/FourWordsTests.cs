using Hawser.Crypto;
using Hawser.Session;
using Xunit;

namespace Hawser.Tests.Session;

public class FourWordsTests
{
    [Fact]
    public void A_byte_is_a_word_and_no_word_is_two_bytes()
    {
        Assert.Equal(256, FourWords.All.Distinct().Count());
        Assert.All(FourWords.All, word => Assert.Matches("^[a-z]{3,8}$", word));
        var page = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "vectors", "words.txt"));
        Assert.Equal(page.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries), FourWords.All);
    }

    [Fact]
    public void Two_ends_of_a_connection_show_the_same_and_others_do_not()
    {
        var words = FourWords.Of(Sha256.Hash("exporter"u8));
        Assert.Equal(4, words.Split(' ').Length);
        Assert.Equal(words, FourWords.Of(Sha256.Hash("exporter"u8)));
        Assert.NotEqual(words, FourWords.Of(Sha256.Hash("another"u8)));
    }
}
