"""Samples: Taiwanese prose, names and poems to set in the completed font; written for Buzi."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sample:
    """A text to be set.

    Attributes:
        key: of its title in the wording, without ``sample_``.
        text: lines end where the text's own lines do.
    """

    key: str
    text: str


SAMPLES = (
    Sample(
        "prose",
        "清晨五點半，漁港的燈還沒熄。阿嬤踩著塑膠拖鞋，拎一只竹籃，"
        "站在碼頭邊等第一班船。她說，買魚要看眼睛，買人心也一樣。\n"
        "船靠岸時，海面像一塊剛揭開的綢緞。漢子們吆喝著把鱸魚、鯖魚、"
        "鰹魚一簍一簍搬上來，水珠濺得到處都是。我蹲在旁邊數，數到第七簍就忘了。\n"
        "回家路上，騎樓下的豆漿店冒著白煙。阿嬤替我點了燒餅夾蛋，"
        "自己只喝一碗鹹豆漿，撒上榨菜和蝦皮。「慢慢吃，」她說，「今天還很長。」",
    ),
    Sample(
        "names",
        "陳怡君　林志豪　黃淑芬　張雅婷　李宗翰　王俊傑　吳佩珊　劉冠廷\n"
        "蔡欣穎　楊子萱　許瑋倫　鄭承恩　謝沛穎　洪詠晴　郭彥廷　邱馨慧\n"
        "曾韻如　廖鈺婕　賴昱辰　徐靜宜　周奕翔　葉芷瑄　蘇郁涵　莊凱翔\n"
        "臺北市萬華區　新北市鶯歌區　桃園市龜山區　新竹縣竹北市\n"
        "苗栗縣通霄鎮　彰化縣鹿港鎮　嘉義縣番路鄉　臺南市鹽水區\n"
        "高雄市旗津區　屏東縣霧臺鄉　宜蘭縣礁溪鄉　花蓮縣壽豐鄉",
    ),
    Sample(
        "poem",
        "〈補字〉\n"
        "\n"
        "你寫到一半，那個字不在\n"
        "像巷口拆掉的理髮廳\n"
        "像阿公沒唸完的那封信\n"
        "\n"
        "我把橫豎撇捺一根根撿回來\n"
        "擱在窗邊，讓雨替它描邊\n"
        "描到天亮，它就醒了\n"
        "醒在你句子的中央\n"
        "說：我一直都在",
    ),
    Sample(
        "signs",
        "豬血糕　蚵仔煎　鹽酥雞　滷肉飯　牛肉麵　擔仔麵　珍珠奶茶　鳳梨酥\n"
        "請勿攀爬欄杆　小心月臺間隙　禁止臨時停車　殘障機車優先\n"
        "掛號　領藥　繳費　護理站　急診室　檢驗科　復健科　耳鼻喉科\n"
        "營業時間：上午十點至晚上九點半（週一公休）\n"
        "統一編號、發票載具、電子支付，請於結帳前告知。",
    ),
    Sample(
        "bopomofo",
        "ㄅㄆㄇㄈ　ㄉㄊㄋㄌ　ㄍㄎㄏ　ㄐㄑㄒ　ㄓㄔㄕㄖ　ㄗㄘㄙ\n"
        "ㄧㄨㄩ　ㄚㄛㄜㄝ　ㄞㄟㄠㄡ　ㄢㄣㄤㄥㄦ　ˉˊˇˋ˙\n"
        "ㄊㄞˊ　ㄨㄢ　ㄉㄜ˙　ㄗˋ，ㄏㄣˇ　ㄏㄠˇ　ㄎㄢˋ。\n"
        "ㄋㄧˇ　ㄔ　ㄅㄠˇ　ㄌㄜ˙　ㄇㄟˊ？",
    ),
)
"""The first one is set when the page opens."""
