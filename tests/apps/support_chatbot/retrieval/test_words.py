from support_chatbot.retrieval.words import index_words


def test_a_question_and_a_text_share_their_words():
    assert set(index_words("Where are my CARDS?")) <= set(index_words("Posting a card."))


def test_accents_and_possessives_do_not_part_words():
    assert index_words("Zoë's café") == index_words("zoe cafe")


def test_numbers_stay_whole():
    assert index_words("£1,250.00 by 3.5 %") == ["1,250.00", "3.5"]


def test_chinese_gives_pairs_and_a_word_of_two_characters_is_found():
    assert index_words("我要挂失信用卡") == ["我要", "要挂", "挂失", "失信", "信用", "用卡"]
    assert set(index_words("挂失")) <= set(index_words("我要挂失信用卡"))


def test_mixed_scripts_part_where_the_script_does():
    assert index_words("我的PIN码") == ["我的", "pin", "码"]


def test_a_question_of_empty_words_keeps_them():
    assert index_words("Who are you?") == ["who", "are", "you"]
    assert index_words("?!") == []
